"""The commands besides `up` and `demo`: over the API of a running site, or on the data of a stopped one."""
