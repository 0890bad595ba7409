/**
 * Markdown to safe DOM. Raw HTML is shown as text, images as their description, and nothing but a short list of
 * elements survives. Headings are renumbered below the page's own.
 */
import DOMPurify from 'dompurify';
import { Marked, type Tokens } from 'marked';

const TAGS = ['p', 'br', 'hr', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'em', 'strong', 'del', 'a', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'span'];
const LINK = /^(?:https?|mailto):/i;

const escape = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** The text as a fragment to insert. `top` is the level of its highest heading. */
export function renderMarkdown(text: string, top: 3 | 4 = 3): DocumentFragment {
  const engine = new Marked({ gfm: true, breaks: false });
  const tokens = engine.lexer(text);
  const depths = [...new Set(tokens.filter((token): token is Tokens.Heading => token.type === 'heading').map((token) => token.depth))].sort();
  engine.use({
    renderer: {
      html: ({ text: raw }) => escape(raw),
      image: ({ text: alt, title }) => `<span>[picture: ${escape(alt || title || 'no description')}]</span>`,
      checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
      heading({ tokens: inner, depth }) {
        const level = Math.min(6, top + Math.max(0, depths.indexOf(depth)));
        return `<h${level}>${this.parser.parseInline(inner)}</h${level}>`;
      },
    },
  });
  const fragment = DOMPurify.sanitize(engine.parser(tokens), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ['href', 'title', 'start'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: LINK,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) {
    if (!LINK.test(link.getAttribute('href') ?? '')) link.replaceWith(...link.childNodes);
  }
  return fragment;
}
