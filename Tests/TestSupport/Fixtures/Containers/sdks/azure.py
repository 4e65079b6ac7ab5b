def call():
    from azure.identity import DefaultAzureCredential, WorkloadIdentityCredential

    scope = "https://storage.azure.com/.default"
    return {
        "token": WorkloadIdentityCredential().get_token(scope).token,
        "default": DefaultAzureCredential().get_token(scope).token,
    }
