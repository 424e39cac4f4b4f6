# SPDX-License-Identifier: Apache-2.0
"""Why nodegauge, which is node_exporter 1.12.1, and node_exporter 1.5.0 differ on the same tree.

Each rule says why, and is as narrow as it can be. "HACKING" is HACKING.md's "Departures from
node_exporter"; "1.5.0" is what changed upstream since then.
"""
import re

# What they do not take from files, or from other ones: 1.5.0 has proc/1/mounts and the running
# kernel's selinuxfs. The files of textfile are no kernel's: tests/test_promtext.c has what upstream
# makes of them.
NOT_FROM_FILES = {"ethtool", "filesystem", "logind", "network_route", "ntp", "perf", "qdisc",
                  "selinux", "supervisord", "systemd", "tcpstat", "textfile", "timex", "uname",
                  "wifi"}
FROM_FILES = ["--no-collector.arp.netlink", "--no-collector.netdev.netlink"]
FIXTURE_FLAGS = FROM_FILES + [
    "--collector.bcache.priorityStats", "--collector.cpu.guest", "--collector.cpu.info",
    "--collector.cpu.info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$",
    "--collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$", "--collector.stat.softirq",
    "--collector.sysctl.include-info=kernel.seccomp.actions_avail",
    "--collector.sysctl.include=fs.file-nr",
    "--collector.sysctl.include=fs.file-nr:total,current,max",
    "--collector.sysctl.include=kernel.threads-max"]
# Files that one of the two reads only once, or whose last contents they remember.
READ_ONCE = re.compile(r"^proc/(stat|cpuinfo)$|class/dmi/|cpu/isolated$|/topology/|hwmon"
                       r"|sys/devices/platform/|powercap/.*/name$|sys/class/powercap/.*max_energy")

# Families by their beginning, where the kit's list knows only the whole name.
FAMILIES = {"node_memory_numa_": "meminfo_numa", "node_memory_": "meminfo",
            "node_sockstat_": "sockstat", "node_vmstat_": "vmstat", "node_netstat_": "netstat",
            "node_rapl_": "rapl", "node_zoneinfo_": "zoneinfo", "node_mountstats_": "mountstats",
            "node_lnstat_": "lnstat", "node_network_": "netdev", "node_cpu_": "cpu"}

# 1.5.0 does not have these labels; they are taken off before anything is compared.
LABELS = [(re.compile(pattern), rb"\1") for pattern in (
    rb'(?m)^(node_disk_info\{.*),rotational="[01]"',
    rb'(?m)^(node_mountstats_nfs_transport_.*),transport="0"',
    rb'(?m)^(node_network_info\{.*),adminstate="[^"]*"',
    rb'(?m)^(node_nvme_info\{)cntlid="[^"]*",')]

# What was written in place of a number is one for Go, but nothing that a kernel writes there.
ODD_NUMBER = (r"number_replaced.* -> .*(NaN|nan|inf|Inf|1_000|0x1f|0X1F|0b11|0o17|1e3|1e400|1\.5"
              r"|\.5|\+5|-[01]|010|\d{19,})|bytes_changed.* -> .*(\d_\d| -\d)")


class Rule:
    """
    Explains differences of these collectors (None: all) and kinds ("missing": only 1.5.0 has it;
    "extra": only nodegauge; "differ"; "success": one of them failed) whose series begins with
    name, whose "TREE:FILE" has where in it, whose mutation has how in it, and whose values "THEIRS OURS"
    begin with value. failed: only where 1.5.0 failed; kept: only what nodegauge says of the
    unspoilt tree, too.
    """

    def __init__(self, reason, collectors, kinds, name="", where="", how="", value="",
                 failed=False, kept=False):
        self.reason, self.kinds, self.failed, self.kept = reason, kinds.split(), failed, kept
        self.collectors = collectors and collectors.split()
        self.name = re.compile("(# TYPE )?(%s)" % name)
        self.where, self.how = re.compile(where), re.compile(how, re.DOTALL)
        self.value = re.compile(value)

    def explains(self, d):
        return (d.kind in self.kinds and (not self.collectors or d.collector in self.collectors)
                and not (self.failed and d.success) and not (self.kept and not d.is_kept)
                and self.name.match(d.series) and self.where.search(d.where)
                and self.how.search(d.how) and self.value.match("%s %s" % (d.theirs, d.ours)))

    def __str__(self):
        return "%-14s %-14s %s" % (" ".join(self.collectors or ["all"]), "/".join(self.kinds),
                                   self.reason)


# A type goes with its last sample.
ZERO = r"(0|counter|gauge|untyped) None"

RULES = [
    # What is new since 1.5.0.
    Rule("1.5.0: no commit statistics", "btrfs", "extra", "node_btrfs_(last_|max_)?commit"),
    Rule("1.5.0: no governors", "cpufreq", "extra", "node_cpu_scaling_governor"),
    Rule("1.5.0: no clock of its own", "cpufreq cpu", "extra", "node_cpu_frequency_hertz({core=|$)"),
    Rule("1.5.0: no serial number but of SCSI disks", "diskstats", "missing extra",
         "node_disk_info", value="(1 None|None 1)"),
    Rule("1.5.0: no errors by channel", "edac", "extra", "node_edac_channel_"),
    Rule("1.5.0: names of chips were less exact", "hwmon", "extra missing",
         'node_hwmon_.*chip="(ieee80211_phy0|platform_(asus_nb_wmi|twin_0)|hwmon4)'),
    Rule("1.5.0: no frequencies", "hwmon", "extra", 'node_hwmon_(freq|sensor_label.*"freq)'),
    Rule("1.5.0: no profit of it", "ksmd", "extra", "node_ksmd_general_profit"),
    Rule("1.5.0: no raid_disks, no degraded", "mdadm", "extra", "node_md_(raid_disks|degraded)"),
    Rule("1.5.0: no mount points", "mountstats", "extra", "node_mountstats_nfs_mountpoint_info"),
    Rule("1.5.0: fewer names are wanted", "netstat", "extra", "node_netstat_TcpExt_TCP(OFO|RcvQ)"),
    Rule("1.5.0: two procedures the other way round", "nfs", "differ extra missing",
         'node_nfs_requests_total.*"(GetDeviceInfo|LayoutGet)"'),
    Rule("1.5.0: NFSv4 procedures in another order", "nfsd", "differ extra",
         'node_nfsd_requests_total.*"(WdelegGetattr|Verify|Write|RelLockOwner|SetClientID.*)"'),
    Rule("1.5.0: no namespaces", "nvme", "extra", "node_nvme_namespace"),
    Rule("1.5.0: no end of support", "os", "extra", "node_os_support_end"),
    Rule("1.5.0: no interrupts", "pressure", "extra", "node_pressure_irq"),
    Rule("1.5.0: no interrupts", "pressure", "success", where="pressure/irq$", value="1 False"),
    Rule("1.5.0: fewer columns", "softnet", "extra",
         "node_softnet_(cpu_collision|backlog|received|flow)"),
    Rule("1.5.0: the line's number for that of the CPU", "softnet", "extra missing differ"),
    Rule("1.5.0: kstats of other types, a state and a list less", "zfs", "extra",
         'node_zfs_(dbuf|dnode)_|node_zfs_arc_memory_available|node_zfs_zpool_state{state="susp'),
    Rule("1.5.0: the name of data sets was cut elsewhere", "zfs", "missing extra",
         "node_zfs_zpool_dataset_"),
    Rule("1.5.0: CPUs that are not there have zeros", "cpu", "missing", "node_cpu_", ":proc/stat$",
         value=ZERO),

    # Where 1.5.0 said nothing, there is nothing to compare with.
    Rule("HACKING: one odd line costs upstream the collector, here only itself", None,
         "extra success", failed=True, kept=True),
    Rule("the same: what is left of the spoilt file", None, "extra", failed=True),

    Rule("1.5.0: no cpu_online", "cpu", "extra", "node_cpu_online"),
    Rule("1.5.0 here: every cpuinfo is that of x86", "cpu", "extra missing",
         "node_cpu_(flag_|bug_)?info", "^cpu/info_(arm|riscv|s390|loong|mips|ppc)|:proc/cpuinfo$"),
    Rule("1.5.0: no average", "cpufreq", "extra", "node_cpu_frequency_avg"),
    Rule("1.5.0: CPUs that are offline, or none, did not matter", "cpufreq", "success missing",
         where="^cpufreq/(absent|all_offline|no_cpufreq):|^cpufreq/.*/cpu/offline$"),
    Rule("1.5.0: whatever the driver", "drm", "missing", "node_drm_", ":.*/uevent$"),
    Rule("1.5.0: any name", "meminfo", "missing", "node_memory_", kept=True),
    Rule("1.5.0: _bytes and a factor of 1,024 for any unit", "meminfo", "missing extra success",
         where=":proc/meminfo$|^meminfo/unknown_only:", how="^(as it is|cut|word|bytes|crlf)"),
    Rule("1.5.0: bytes that 64 bits do not hold", "meminfo", "differ", "node_memory_",
         value=r"\d\.\d+e\+2\d "),
    Rule("1.5.0: other defaults leave out lo", "netdev", "extra", '.*(device="lo"|[a-z]$)',
         "^netdev/"),
    Rule("1.5.0: zones whose names Prometheus would refuse", "rapl", "extra",
         "node_rapl_(_|a_)_", "^rapl/names:"),
    Rule("1.5.0: the sixth word is the device, whatever the others are", "arp",
         "missing differ extra", "node_arp_", ":proc/net/arp$", "^(bytes|cut|word)"),

    # Departures.
    Rule("HACKING: a number is what kernels write", None, "missing differ extra success",
         how=ODD_NUMBER),
    Rule("the same", "cpu hwmon interrupts", "missing",
         where="^(cpu/numbers_odd|hwmon/malformed|interrupts/malformed):"),
    Rule("HACKING: a NUL ends the text", None, "missing extra differ success", how=r"-> .*\\x00"),
    Rule("HACKING: a carriage return is white space only at the end of a line", None,
         "missing extra differ success", how=r"^bytes_changed.* -> .*\\r"),
    Rule("HACKING: what is no number, or missing, is absent, not 0",
         "bcache btrfs drm fibrechannel mdadm netclass nvme stat tapestats xfs zoneinfo", "missing",
         value=ZERO),
    Rule("HACKING: an odd file costs upstream those read after it", "btrfs", "differ",
         where="^btrfs/", value="0 "),
    Rule("HACKING: nothing in the file is a failure", "buddyinfo cpu slabinfo stat meminfo",
         "success missing", "$|node_(intr|context|boot|forks|procs|cpu|softirqs)",
         value="(1|0|counter|gauge) "),
    Rule("the last byte, which upstream drops whatever it is, is a newline", "bcache",
         "differ missing extra", how="^cut"),
    Rule("HACKING: white space around an attribute is not part of it", "hwmon time",
         "extra missing", where="hwmon|sys/devices/(platform|system/clocksource)/"),
    Rule("HACKING: what upstream said before it failed", "drbd hwmon interrupts netstat",
         "missing", failed=True),
    Rule("HACKING: at most 64 columns", "lnstat", "missing extra", where="^lnstat/many_columns:"),
    Rule("HACKING: the row's number is the CPU's, although another row is shorter", "lnstat",
         "missing extra differ", where="^lnstat/short_row:|:proc/net/stat/"),
    Rule("HACKING: a directory cannot be read", "os schedstat", "success missing",
         where="^(os|schedstat)/unreadable:"),
    Rule("HACKING: at most 1,024 names, none too long", "netstat vmstat", "missing",
         where="^(netstat/long_name|vmstat/many_names):"),
    Rule("the directory of totals is no file system", "xfs", "missing", '.*(device="stats"|[a-z]$)',
         "^xfs/"),
    Rule("HACKING: a mount of mountstats is looked up in mountinfo by what it is", "mountstats",
         "missing extra differ", where="/mountinfo$"),
    Rule("HACKING: a mount without statistics has none", "mountstats", "missing",
         where="/mountstats$", how="^(cut|line)"),
    Rule("HACKING: at most 32 protections a zone", "zoneinfo", "missing extra",
         where="^zoneinfo/many_protections:"),
    Rule("HACKING: a zone begins with a line that is all of one", "zoneinfo", "missing extra differ",
         where="^zoneinfo/malformed:|:proc/zoneinfo$", how="^(as|bytes|crlf|cut|doubled|line|number|word)"),
    Rule("HACKING: of an odd line nothing is taken", "loadavg mdadm netstat pressure processes "
         "sockstat slabinfo", "missing extra differ success", where=":proc/",
         how="^(bytes|line|word|doubled)"),
    Rule("the same: a line of schedstat begins with a CPU", "schedstat", "missing",
         where="^schedstat/malformed:|:proc/schedstat$"),
]
