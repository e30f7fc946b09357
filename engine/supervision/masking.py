"""Personal data as supervisors see them: enough to tell cases apart, not to know the person."""


def name(full: str) -> str:
    """Mask a natural person's name: 张*, 欧*."""
    return f"{full[:1]}*" if full else ""


def subject(text: str, applicant: str) -> str:
    """Mask a case's subject where the applicant's name stands in it; a firm's name is public."""
    return text.replace(applicant, name(applicant)) if applicant else text
