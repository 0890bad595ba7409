import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './markdown';

const html = (text: string) => {
  const box = document.createElement('div');
  box.append(renderMarkdown(text));
  return box.innerHTML;
};

describe('markdown', () => {
  it('renders what notes need', () => {
    expect(html('**bold** and `code`\n\n- one\n- two')).toBe('<p><strong>bold</strong> and <code>code</code></p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n');
  });

  it('shows raw HTML as text', () => {
    const out = html('<script>alert(1)</script>\n\n<b onclick="x()">hi</b> <iframe src="https://a.example"></iframe>');
    const box = document.createElement('div');
    box.innerHTML = out;
    expect(box.querySelector('script, iframe, b')).toBeNull();
    expect(box.textContent).toContain('<script>alert(1)</script>');
  });

  it('loads no picture', () => {
    expect(html('![a cat](https://a.example/cat.png)')).toBe('<p><span>[picture: a cat]</span></p>\n');
  });

  it.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '//a.example', '/releases'])('makes no link of %s', (url) => {
    const box = document.createElement('div');
    box.innerHTML = html(`[text](${url})`);
    expect(box.querySelector('a')).toBeNull();
    expect(box.textContent).toContain('text');
  });

  it('keeps links to the web', () => expect(html('[text](https://a.example/x?y=1)')).toContain('<a href="https://a.example/x?y=1">text</a>'));

  it('numbers headings below the page without gaps', () => {
    expect(html('# A\n\n### B')).toContain('<h3>A</h3><h4>B</h4>');
    expect(html('### B')).toContain('<h3>B</h3>');
  });
});
