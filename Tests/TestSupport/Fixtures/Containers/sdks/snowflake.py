def call():
    import snowflake.connector

    with snowflake.connector.connect(connection_name="default") as connection:
        return {"user": connection.user}
