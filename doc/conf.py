"""Sphinx settings."""

from numpydoc.docscrape_sphinx import SphinxDocString

import skhpo

project = "skhpo"
author = "The skhpo developers"
copyright = "2026, The skhpo developers"
version = release = skhpo.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
default_role = "code"
nitpicky = False

autosummary_generate = True
autosummary_ignore_module_all = False
numpydoc_show_class_members = False
autodoc_typehints = "none"

html_theme = "pydata_sphinx_theme"
html_title = f"skhpo {version}"
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
}
html_show_sourcelink = False


def own_text(self, param, desc, fake_autosummary):
    """Describe an attribute by our text, even where it is a property that scikit-learn describes.

    numpydoc would take the property's docstring, which links to scikit-learn's glossary.
    """
    return f"**{self._escape_args_and_kwargs(param.strip())}**", desc


SphinxDocString._process_param = own_text
