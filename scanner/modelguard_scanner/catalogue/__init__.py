"""All rules a finding may have; each family has a module of its own."""

from modelguard_scanner.catalogue.rule import Rule

__all__ = ["Rule", "all_rules"]


def all_rules() -> tuple[Rule, ...]:
    """Return every rule, by id."""
    from modelguard_scanner.catalogue import (  # noqa: PLC0415  # readers import their own family
        archives,
        general,
        models,
        pickles,
        texts,
    )

    families = (general, pickles, archives, models, texts)
    return tuple(sorted((r for family in families for r in family.RULES), key=lambda r: r.id))
