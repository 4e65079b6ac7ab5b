def call():
    from ibm_cloud_sdk_core import get_authenticator_from_environment

    authenticator = get_authenticator_from_environment("CLOUD_OBJECT_STORAGE")
    return {"token": authenticator.token_manager.get_token()}
