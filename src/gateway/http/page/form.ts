/**
 * The parts that forms are made of.
 *
 * @module
 */

import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { fill } from "./layout.ts";
import type { Surroundings } from "./layout.ts";

/** What is wrong with one field, or with none in particular. */
export interface Problem {
  readonly field?: string;
  readonly text: string;
}

export interface FieldOptions {
  readonly name: string;
  readonly label: string;
  readonly type: "text" | "password";
  readonly autocomplete: "username" | "current-password" | "new-password";
  readonly value?: string;
  readonly readonly?: boolean;
  readonly focus?: boolean;
}

/** Read out as soon as the page is there, with a link to each field that is to be mended. */
export function problemSummary({ texts }: Surroundings, problems: readonly Problem[]): Html | undefined {
  if (problems.length === 0) return undefined;
  const lines = problems.map(({ field: name, text }) =>
    name === undefined ? html`<li>${text}</li>` : html`<li><a href="#${name}">${text}</a></li>`,
  );
  const [only] = problems;
  const isPlain = problems.length === 1 && only?.field === undefined;
  return html`<div class="summary" role="alert">
    <h2>${texts.problemTitle}</h2>
    ${
      isPlain
        ? html`<p>${only?.text}</p>`
        : html`<ul>
            ${lines}
          </ul>`
    }
  </div>`;
}

export function field(options: FieldOptions, problems: readonly Problem[]): Html {
  const { name, label, type, autocomplete, value } = options;
  const problem = problems.find((one) => one.field === name);
  const isInvalid = problem !== undefined;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      value="${value ?? ""}"
      required
      autocapitalize="none"
      autocorrect="off"
      spellcheck="false"
      ${options.readonly === true ? html` readonly` : undefined}${options.focus === true ? html` autofocus` : undefined}${isInvalid ? html` aria-invalid="true" aria-describedby="${name}-problem"` : undefined}
    />
    ${isInvalid ? html`<p class="problem" id="${name}-problem">${problem.text}</p>` : undefined}
  </div>`;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export function picker(
  { name, label }: { readonly name: string; readonly label: string },
  choices: readonly Choice[],
  chosen: string | undefined,
  problems: readonly Problem[],
): Html {
  const problem = problems.find((one) => one.field === name);
  const options = choices.map(
    ({ value, label: text }) =>
      html`<option value="${value}" ${value === chosen ? html` selected` : undefined}>${text}</option>`,
  );
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <select
      id="${name}"
      name="${name}"
      ${problem === undefined ? undefined : html` aria-invalid="true" aria-describedby="${name}-problem"`}
    >
      ${options}
    </select>
    ${problem === undefined ? undefined : html`<p class="problem" id="${name}-problem">${problem.text}</p>`}
  </div>`;
}

/** The button that sends the form, and the way back. Enter takes the first. */
export function buttons(surroundings: Surroundings, action: string, label: string): Html {
  const { texts } = surroundings;
  return html`<button class="first" name="action" value="${action}" data-working="${texts.working}">
      ${label}
    </button>
    <button class="second" name="action" value="cancel" formnovalidate>
      ${fill(texts.cancel, surroundings)}
    </button>`;
}
