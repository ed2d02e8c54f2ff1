"""A page of the listing costs the same, however many models there are."""

from benchmarks.listing_cost import measure


def test_a_page_of_2000_models_reads_what_a_page_of_101_reads() -> None:
    few, many = measure(101, 1), measure(2_000, 3)
    # THEN each page is one query of the page and one model more
    assert few[2] == many[2] == {101}
    assert few[1] == [1.5]
    assert many[1] == [1.5, 1.5, 1.5]


def test_the_last_page_reads_what_is_left() -> None:
    assert measure(150, 10)[2] == {101, 50}
