"""How each token of a lesson becomes HTML. Everything that comes from content is escaped; no raw HTML passes."""

from html import escape
from urllib.parse import quote, urlsplit

from markdown_it.token import Token

from groundup.course import source as package_source
from groundup.course.bibliography import Reference
from groundup.course.directives import Directive
from groundup.course.render_code import highlight, highlight_folded
from groundup.course.render_parse import Context, lesson_target, parser, token_line

__all__ = ["render_tokens", "sources_section"]

IMAGES = (".svg", ".png", ".jpg", ".jpeg", ".webp")


def render_tokens(tokens: list[Token], context: Context) -> str:
    """HTML of tokens that `render_parse.parse` made with the same context."""
    md = parser()
    if "directive" not in md.renderer.rules:  # pyright: ignore[reportAttributeAccessIssue]
        for name, rule in RULES.items():
            md.add_render_rule(name, rule)
    return md.renderer.render(tokens, md.options, {"context": context})


def _directive(self, tokens, index, options, env) -> str:
    directive: Directive = tokens[index].meta["directive"]
    return DIRECTIVES[directive.name](directive, env["context"])


def _cell(directive: Directive, context: Context) -> str:
    if context.lesson is None:
        raise context.fault(directive.line, "code-cell", "cells belong into lessons")
    cell = context.lesson.cell(directive.option("name"))
    raises = f' data-raises="{escape(cell.raises)}"' if cell.raises else ""
    return (
        f'<div class="cell" id="cell-{cell.name}" data-cell="{cell.name}" data-hash="{cell.hash}"{raises}>'
        f"{highlight(cell.source)}</div>\n"
    )


def _source(directive: Directive, context: Context) -> str:
    try:
        found = package_source.symbol_source(directive.argument)
    except LookupError as error:
        raise context.fault(directive.line, "source", str(error.args[0])) from None
    link = f"/source/{found.module}#L{found.line}"
    lines = f"lines {found.line} to {found.last_line}" if found.last_line > found.line else f"line {found.line}"
    shown = package_source.shown_path(found.file)
    return (
        f'<figure class="source" data-symbol="{escape(directive.argument)}">'
        f'<figcaption><a href="{link}"><code>{shown}</code></a> <span class="lines">{lines}</span></figcaption>'
        f"{highlight_folded(found.text.rstrip())}</figure>\n"
    )


def _verify(directive: Directive, context: Context) -> str:
    module = directive.argument
    if package_source.module_file(module) is None:
        raise context.fault(directive.line, "verify", f"there is no module {module!r}")
    proof = "groundup.proofs." + module.removeprefix("groundup.")
    if package_source.module_file(proof) is None:
        raise context.fault(directive.line, "verify", f"there is no proof {proof!r}")
    return f'<div class="verify" data-module="{escape(module)}"></div>\n'


def _exercise(directive: Directive, context: Context) -> str:
    if context.lesson is None:
        raise context.fault(directive.line, "exercise", "exercises are placed in lessons")
    id = f"{context.lesson.id}/{directive.argument}"
    if id not in context.catalog.exercises:
        here = ", ".join(k for k in context.catalog.exercises if k.startswith(f"{context.lesson.id}/")) or "none"
        raise context.fault(directive.line, "exercise", f"there is no exercise {id!r}; the lesson has {here}")
    exercise = context.catalog.exercises[id]
    return (
        f'<div class="exercise" data-exercise="{escape(id)}" data-kind="{escape(exercise.kind)}">'
        f'<a href="/exercise/{escape(id)}">{escape(exercise.title)}</a></div>\n'
    )


def _figure(directive: Directive, context: Context) -> str:
    url = _file_url(directive.argument, context, directive.line)
    alt = directive.option("alt") or " ".join(directive.content.split())
    if not alt:
        raise context.fault(directive.line, "figure", "needs ':alt:' or a caption, for readers who cannot see it")
    width = directive.option("width")
    if width and not width.isdigit():
        raise context.fault(directive.line, "figure", f"width is a number of pixels; got {width!r}")
    size = f' width="{width}"' if width else ""
    caption = ""
    if directive.content.strip():
        md = parser()
        inner = md.parseInline(directive.content.strip(), {"context": context})
        caption = f"<figcaption>{render_tokens(inner, context)}</figcaption>"
    return f'<figure><img src="{url}" alt="{escape(alt)}"{size} loading="lazy">{caption}</figure>\n'


def _file_url(path: str, context: Context, line: int) -> str:
    """Address of a file in the lesson's folder, which must be there and be a picture."""
    if context.lesson is None:
        raise context.fault(line, "figure", "pictures belong into lessons")
    file = (context.lesson.path / path).resolve()
    if not file.is_relative_to(context.lesson.path.resolve()):
        raise context.fault(line, "figure", f"{path!r} lies outside the lesson's folder")
    if not file.is_file():
        raise context.fault(line, "figure", f"there is no file {path!r} in the lesson's folder")
    if file.suffix.lower() not in IMAGES:
        raise context.fault(line, "figure", f"expected a picture ({', '.join(IMAGES)}); got {path!r}")
    return f"/lesson/{context.lesson.id}/files/{quote(file.relative_to(context.lesson.path.resolve()).as_posix())}"


def _role(self, tokens, index, options, env) -> str:
    token, context = tokens[index], env["context"]
    name, content = token.meta["name"], token.content.strip("`").strip()
    if name in ("cite", "cite:t"):
        links = _cite(content, token, context)
        return f"({links})" if name == "cite" else links
    if name == "lesson":
        return _lesson(content, token, context)
    raise context.fault(token, f"{{{name}}}", "unknown role; known are cite, cite:t, lesson")


def _cite(content: str, token: Token, context: Context) -> str:
    links = []
    for key in (part.strip() for part in content.split(",")):
        if key not in context.catalog.bibliography:
            raise context.fault(token, "cite", f"{key!r} is not in the bibliography")
        reference = context.cited.setdefault(key, context.catalog.bibliography[key])
        title = escape(reference.title)
        links.append(f'<a class="cite" href="#ref-{escape(key)}" title="{title}">{escape(reference.label)}</a>')
    return "; ".join(links)


def _lesson(content: str, token: Token, context: Context) -> str:
    text, id, anchor = lesson_target(content)
    catalog = context.catalog
    if id not in catalog.lessons and id not in catalog.inventory:
        raise context.fault(token, "lesson", f"{id!r} is neither a lesson nor in the inventory")
    title = escape(text or catalog.title(id))
    if id not in catalog.lessons:
        return f'<span class="coming" title="This lesson is not written yet">{title}</span>'
    target = f"/lesson/{id}" + (f"#{quote(anchor)}" if anchor else "")
    context.links.append((target, token_line(context, token)))
    return f'<a class="lesson" href="{target}">{title}</a>'


def _link_open(self, tokens, index, options, env) -> str:
    token, context = tokens[index], env["context"]
    target = str(token.attrGet("href") or "")
    parts = urlsplit(target)
    if parts.scheme not in ("", "https", "http", "mailto") or (parts.netloc and not parts.scheme):
        raise context.fault(token, "link", f"links lead to https addresses or places of the course; got {target!r}")
    context.links.append((target, token_line(context, token)))
    if parts.scheme:
        token.attrSet("rel", "noopener noreferrer")
        token.attrSet("target", "_blank")
    return self.renderToken(tokens, index, options, env)


def _image(self, tokens, index, options, env) -> str:
    token, context = tokens[index], env["context"]
    path = str(token.attrGet("src") or "")
    if urlsplit(path).scheme or path.startswith("/"):
        raise context.fault(token, "image", f"pictures lie in the lesson's folder; got {path!r}")
    alt = self.renderInlineAsText(token.children or [], options, env)
    if not alt:
        raise context.fault(token, "image", "needs a text between the brackets, for readers who cannot see it")
    url = _file_url(path, context, token_line(context, token))
    return f'<img src="{url}" alt="{escape(alt)}" loading="lazy">'


def _math(form: str, tag: str):
    end = "\n" if tag == "div" else ""

    def rule(self, tokens, index, options, env) -> str:
        return f'<{tag} class="math {form}">{escape(tokens[index].content.strip())}</{tag}>{end}'

    return rule


def _closing(tokens: list[Token], index: int) -> str:
    """The punctuation that the text at `index` begins with, when it follows a formula."""
    if not 0 < index < len(tokens) or tokens[index].type != "text" or tokens[index - 1].type != "math_inline":
        return ""
    text = tokens[index].content
    return text[: len(text) - len(text.lstrip(",.;:!?)]’”"))]


def _math_inline(self, tokens, index, options, env) -> str:
    """A browser may break a line between a typeset formula and the comma behind it: keep them together."""
    formula = f'<span class="math inline">{escape(tokens[index].content.strip())}</span>'
    closing = _closing(tokens, index + 1)
    return f'<span class="together">{formula}{escape(closing)}</span>' if closing else formula


def _text(self, tokens, index, options, env) -> str:
    return escape(tokens[index].content[len(_closing(tokens, index)) :])


def _heading_open(self, tokens, index, options, env) -> str:
    token = tokens[index]
    return f'<{token.tag} id="{escape(token.meta["anchor"])}">'


def _heading_close(self, tokens, index, options, env) -> str:
    token = tokens[index]
    anchor = escape(tokens[index - 2].meta["anchor"])
    link = f' <a class="anchor" href="#{anchor}" aria-label="Link to this heading">#</a>' if token.tag != "h1" else ""
    return f"{link}</{token.tag}>\n"


def _fence(self, tokens, index, options, env) -> str:
    return highlight(tokens[index].content.rstrip("\n"), tokens[index].info.strip().split(" ")[0]) + "\n"


def _code_block(self, tokens, index, options, env) -> str:
    return highlight(tokens[index].content.rstrip("\n"), "") + "\n"


def _admonition_open(self, tokens, index, options, env) -> str:
    directive: Directive = tokens[index].meta["directive"]
    title = directive.option("title") or directive.argument or directive.name.capitalize()
    return f'<aside class="admonition {directive.name}"><p class="admonition-title">{escape(title)}</p>\n'


def _table_open(self, tokens, index, options, env) -> str:
    return '<div class="table" tabindex="0"><table>\n'


def _table_close(self, tokens, index, options, env) -> str:
    return "</table></div>\n"


def _table_cell(self, tokens, index, options, env) -> str:
    """A style attribute would need its own permission in the page's policy: say alignment by class."""
    token = tokens[index]
    style = str(token.attrs.pop("style", ""))
    if style:
        token.attrSet("class", "align-" + style.removeprefix("text-align:"))
    return self.renderToken(tokens, index, options, env)


def sources_section(references: list[Reference]) -> str:
    """The list at the end of a page that citations link to; empty without references."""
    if not references:
        return ""
    rows = []
    for reference in references:
        identifier = escape(reference.identifier_label)
        found = identifier
        if reference.url:
            found = f'<a href="{escape(reference.url)}" rel="noopener noreferrer" target="_blank">{identifier}</a>'
        venue = f" {escape(reference.venue)}." if reference.venue else ""
        rows.append(
            f'<li id="ref-{escape(reference.key)}">{escape(reference.label)}. '
            f"<cite>{escape(reference.title)}</cite>.{venue} {found}</li>"
        )
    items = "\n".join(rows)
    head = '<section class="sources" aria-labelledby="sources"><h2 id="sources">Sources</h2>'
    return f"{head}\n<ul>\n{items}\n</ul></section>\n"


DIRECTIVES = {
    "code-cell": _cell,
    "source": _source,
    "verify": _verify,
    "exercise": _exercise,
    "figure": _figure,
}

RULES = {
    "directive": _directive,
    "myst_role": _role,
    "link_open": _link_open,
    "image": _image,
    "text": _text,
    "math_inline": _math_inline,
    "math_inline_double": _math("block", "span"),
    "math_block": _math("block", "div"),
    "heading_open": _heading_open,
    "heading_close": _heading_close,
    "fence": _fence,
    "code_block": _code_block,
    "admonition_open": _admonition_open,
    "table_open": _table_open,
    "table_close": _table_close,
    "th_open": _table_cell,
    "td_open": _table_cell,
}
