"""Personal data as supervisors see them: enough to tell cases apart, not to know the person."""


def name(full: str) -> str:
    """Mask a natural person's name: 张*, 欧*."""
    return f"{full[:1]}*" if full else ""


def subject(text: str, applicant: str) -> str:
    """Mask a case's subject where the applicant's name stands in it; a firm's name is public."""
    return text.replace(applicant, name(applicant)) if applicant else text


def id_number(number: str) -> str:
    """Mask an identity number but for its first three and last two characters."""
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}" if len(number) > 5 else "*****"
