def call():
    from alibabacloud_credentials.client import Client

    credential = Client().get_credential()
    return {"token": credential.security_token, "provider": credential.provider_name}
