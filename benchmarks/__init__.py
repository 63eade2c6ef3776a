"""How fast Qloom is: ``python -m benchmarks``. Figures and ratios are printed; nothing fails on slowness."""
