def call():
    import anthropic

    return {"models": [model.id for model in anthropic.Anthropic(max_retries=0).models.list()]}
