print("pod-identity-webhook")
