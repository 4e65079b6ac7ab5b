def call():
    from tencentcloud.common.credential import DefaultTkeOIDCRoleArnProvider

    return {"token": DefaultTkeOIDCRoleArnProvider().get_credential().token}
