"""Devices whose noise programs are run with: snapshots that come with Qloom, and calibrations put here."""
