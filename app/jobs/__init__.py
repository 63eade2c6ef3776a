"""Jobs: accept, notify, claim, lease, finish, wait, cancel, retry, reap."""
