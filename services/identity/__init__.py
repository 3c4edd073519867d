"""账号与登录: accounts, roles, sessions and the audit log; works without any link."""
