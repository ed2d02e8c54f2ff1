"""Side-by-side measurements that anyone can rerun; every figure is a ratio within one run."""
