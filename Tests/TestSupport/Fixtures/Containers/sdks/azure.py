import os


def call():
    from azure.identity import DefaultAzureCredential, WorkloadIdentityCredential

    scope = "https://storage.azure.com/.default"
    # The SDK reads the variables for AKS' token proxy only if the program asks for it.
    proxy = {"enable_azure_proxy": True} if "AZURE_KUBERNETES_TOKEN_PROXY" in os.environ else {}
    result = {"token": WorkloadIdentityCredential(**proxy).get_token(scope).token}
    if not proxy:
        result["default"] = DefaultAzureCredential().get_token(scope).token
    return result
