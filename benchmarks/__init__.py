"""Side-by-side measurements that anyone can repeat; comparisons are made within one run."""
