"""Tables fit the page, and put figures to the right."""

from harness.rendering.lines import WIDTH, one_line
from harness.rendering.tables import markdown, plain

HEAD = ["what", "took", "because"]


def test_figures_stand_to_the_right_and_text_to_the_left():
    assert plain(HEAD, [["a", "2 ms", ""], ["bc", "-1.5 % (1 to 2)", "x y"]]).splitlines() == [
        "what               took  because",
        "------  ---------------  ---------",
        "a                  2 ms",
        "bc      -1.5 % (1 to 2)  x y",
    ]
    assert plain(HEAD, []).startswith("what")


def test_no_line_is_wider_than_the_page():
    text = plain(HEAD, [["name " * 30, "1 s", "reason " * 40], ["b", "n/a", "x" * 200]])
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.count("reason") == 40 and text.count("x") == 200


def test_lines_of_a_cell_stay_lines():
    text = plain(["a", "b"], [["one\ntwo", "1 s\n2 ms"]])
    assert [line.split() for line in text.splitlines()[2:]] == [
        ["one", "1", "s"],
        ["two", "2", "ms"],
    ]


def test_a_table_with_too_many_columns_keeps_its_cells_readable():
    text = plain([f"c{i}" for i in range(9)], [["word " * 8] * 9])
    assert max(map(len, text.splitlines())) > WIDTH
    assert text.count("word") == 72


def test_markdown():
    assert markdown(["a", "b"], []) == []
    assert markdown(["a", "b"], [["x|y", "2 ms"], ["z\nw", "n/a"]]) == [
        "| a | b |",
        "|---|---:|",
        "| x\\|y | 2 ms |",
        "| z<br>w | n/a |",
        "",
    ]


def test_a_line_of_bad_input_is_one_that_fits_whatever_was_given():
    assert one_line("no\n  such \x1b[31m thing") == "no such \\x1b[31m thing"
    path = "/a/" + "long/" * 60 + "name.json"
    line = one_line(f"cannot read {path}: it is nested too deeply")
    assert len(line) == WIDTH and line.startswith("cannot read /a/long/")
    assert line.endswith("/name.json: it is nested too deeply")
    assert len(one_line("x" * 10**6)) == WIDTH
    line = one_line(f"it has version {'12, ' * 400}of the format")
    assert len(line) == WIDTH and line.startswith("it has") and line.endswith("format")
