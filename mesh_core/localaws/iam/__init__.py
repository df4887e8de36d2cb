"""IAM and STS: identities, their keys and policies, remembered; and the verdict of policies."""
