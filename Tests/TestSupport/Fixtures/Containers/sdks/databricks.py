def call():
    from databricks.sdk import WorkspaceClient

    client = WorkspaceClient()
    return {"kind": client.config.auth_type, "user": client.current_user.me().user_name}
