"""Devices whose noise programs can have: snapshots that come with Qloom, and calibrations of your own."""
