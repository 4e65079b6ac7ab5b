import logging


def call():
    from huaweicloudsdkcore.auth.provider import CredentialProviderChain
    from huaweicloudsdkcore.exceptions.exception_handler import DefaultExceptionHandler
    from huaweicloudsdkcore.http.http_client import HttpClient
    from huaweicloudsdkcore.http.http_config import HttpConfig
    from huaweicloudsdkcore.http.http_handler import HttpHandler

    credentials = CredentialProviderChain.get_basic_credential_provider_chain().get_credentials()
    config = HttpConfig.get_default_config()
    credentials.process_sts(HttpClient(config, HttpHandler(), DefaultExceptionHandler(), logging.getLogger("huawei")))
    return {"token": credentials.security_token, "project": credentials.project_id}
