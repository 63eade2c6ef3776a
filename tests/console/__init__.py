"""Tests of the console: its pages in a real Chromium on real servers, and the files that it is made of."""
