# SPDX-License-Identifier: Apache-2.0
"""Why series of nodegauge are not those of Debian's node_exporter 1.5.0 on the same machine.

A difference is a line: "missing NAME{LABELS}" where only node_exporter has the series, "extra NAME{LABELS}" where only
nodegauge has, "differ NAME{LABELS}: OURS, not THEIRS" where values are compared."""
import re

NEW = "since 1.5.0"
DEFAULT = "another default in Debian"

EXPLAINED = [(why, re.compile(pattern)) for why, pattern in (
    ("each one's own", r"\S+ (go_|process_|promhttp_|nodegauge_|node_exporter_build_info)"),
    ("comes and goes", r'\w+ node_processes_(threads_)?state\{'),
    ("collectors of one only", r'extra node_scrape_collector_\w+\{collector="'
     r'(bcachefs|cpu_vulnerabilities|dmmultipath|kernel_hung|nvmesubsystem|pcidevice|sensors|softirqs|swap|'
     r'watchdog|xfrm)"'),
    (DEFAULT, r'missing node_scrape_collector_\w+\{collector="systemd"'),
    (DEFAULT, r'extra node_network_\w+\{device="lo"'),
    (DEFAULT, r'extra node_filesystem_\w+\{.*mountpoint="/(mnt|media|var/lib/containers)/'),
    (NEW, r'missing node_disk_\w+\{device="zram'),
    (NEW + ": the label rotational, a serial number of all disks", r"\w+ node_disk_info\{"),
    (NEW + ": the label device_error", r"\w+ node_filesystem_(?!mount_info|purgeable)"),
    (NEW, "extra node_filesystem_(mount_info|purgeable)"),
    ("after 1.7.0: the label mitigation", r"\w+ node_cpu_vulnerabilities_info\{"),
    ("after 1.9.0: a list of names", "extra node_memory_(Zswap|Zswapped)_bytes"),
    (NEW + ": a list of names", r"missing node_memory_(?!numa)(Balloon|FileHugePages|FilePmdMapped|"
     r"GPU\w+|Hugetlb|KReclaimable|SecPageTables|ShadowCallStack|Unaccepted|\w*Low\w+|\w*High\w+)"),
    (NEW + ": the label adminstate", r"\w+ node_network_info\{"),
    (NEW + ": names of chips", r"\w+ node_hwmon_.*chip="),
    (NEW, r"extra node_(btrfs_\w*commit|cpu_(frequency_avg|isolated|online|scaling_governor)|edac_channel|"
     r"hwmon_freq|kernel_hung|ksmd_general_profit|md_(degraded|raid_disks)|"
     r"netstat_TcpExt_TCP(OFOQueue|RcvQDrop)|os_support_end|pressure_irq|"
     r"softnet_(backlog_len|cpu_collision|flow_limit|received_rps)|systemd_virtualization|wifi_station_\w+_packets|zfs_)"),
    (NEW, r'extra node_nfsd_requests_total\{method="(SetClientID(Confirm)?|WdelegGetattr)"'),
    (NEW + ": the columns of NFS 4", r'differ node_nfsd_requests_total\{method="(Verify|Write|RelLockOwner)"'),
    (NEW + ": not while 0", "missing node_bcache_cache_readaheads_total"),
    (NEW + ": the kernel's number of it means something else",
     r'(missing|extra) node_wifi_station_info\{.*mode="(ad-hoc|unknown)"'),
    (NEW + ": namespaces, the label cntlid", r"\w+ node_nvme_"),
    (NEW + ": the label transport", r"\w+ node_mountstats_nfs_(transport|mountpoint_info)"),
)]


def why(line):
    """The reason for this difference, None where there is none."""
    return next((reason for reason, pattern in EXPLAINED if pattern.match(line)), None)
