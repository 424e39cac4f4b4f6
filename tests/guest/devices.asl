// SPDX-License-Identifier: Apache-2.0
/* What a laptop has in ACPI: a battery, mains, a thermal zone with a fan, a power meter. All stand still. */
DefinitionBlock ("devices.aml", "SSDT", 2, "NGAUGE", "DEVICES", 1)
{
	Scope (\_SB)
	{
		PowerResource (PFAN, 0, 0)
		{
			Name (ON, 1)
			Method (_STA) { Return (ON) }
			Method (_ON) { ON = 1 }
			Method (_OFF) { ON = 0 }
		}

		Device (FAN0)
		{
			Name (_HID, EisaId ("PNP0C0B"))
			Name (_UID, 0)
			Name (_PR0, Package () { PFAN })
		}

		Device (ADP1)
		{
			Name (_HID, "ACPI0003")
			Name (_PCL, Package () { \_SB })
			Method (_PSR) { Return (1) }
		}

		Device (BAT0)
		{
			Name (_HID, EisaId ("PNP0C0A"))
			Name (_UID, 0)
			Name (_PCL, Package () { \_SB })
			Method (_STA) { Return (0x1F) }
			/* mWh and mW; design and last full capacity, rechargeable, mV, warnings, model, serial number, type, maker */
			Method (_BIF)
			{
				Return (Package () { 0, 50000, 45000, 1, 11400, 5000, 1000, 10, 10, "Model 7", "0815", "LION", "Maker" })
			}
			/* discharging, mW, mWh, mV */
			Method (_BST) { Return (Package () { 1, 12000, 30000, 11100 }) }
		}

		Device (PMT0)
		{
			Name (_HID, "ACPI000D")
			Name (_UID, 0)
			/* all supported but trips, mW, input, 10 %, 1 s, averaging 1 to 10 s, hysteresis, caps */
			Method (_PMC)
			{
				Return (Package () { 0x1, 0, 1, 10000, 1000, 1000, 10000, 100, 1, 0, 0, "meter", "4711", "maker" })
			}
			Method (_PMM) { Return (42000) }
			Method (_GAI) { Return (1000) }
			Method (_PMD) { Return (Package () { \_SB }) }
			Method (_PAI, 1) { Return (0) }
		}
	}

	Scope (\_TZ)
	{
		ThermalZone (TZ00)
		{
			/* tenths of a kelvin */
			Method (_TMP) { Return (3132) }
			Method (_CRT) { Return (3732) }
			Method (_PSV) { Return (3632) }
			Method (_AC0) { Return (3532) }
			Name (_AL0, Package () { \_SB.FAN0 })
			Name (_TZP, 100)
		}
	}
}
