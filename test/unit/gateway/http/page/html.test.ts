import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { html, renderHtml } from "../../../../../src/gateway/http/page/html.ts";

test("no text can become mark-up, in an element or in an attribute", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const inside = renderHtml(html`${text}`);
      assert.doesNotMatch(inside, /[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      const attribute = renderHtml(html`<p title="${text}"></p>`);
      assert.equal(attribute, `<p title="${inside}"></p>`);
    }),
  );
});

test("text outside of quotes in a tag is a mistake of ours, and no page", () => {
  const value = "x onclick=evil()";
  // prettier-ignore
  assert.throws(() => html`<p class=${value}></p>`);
  assert.throws(() => html`<p class="a" ${value}></p>`);
  assert.equal(renderHtml(html`<p class="a ${value}"></p>`), '<p class="a x onclick=evil()"></p>');
});

test("mark-up is put in as it is, and nothing where there is none", () => {
  const items = [html`<b>1</b>`, html`<b>${2}</b>`];
  assert.equal(renderHtml(html`<i>${undefined}${items}</i>`), "<i><b>1</b><b>2</b></i>");
  assert.equal(renderHtml(html`<input${html` readonly`} />`), "<input readonly />");
});
