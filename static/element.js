/** DOM elements: found, and made without markup. */

/**
 * The element with this id; throws if there is none: then page and script are not of one version.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {{new (): T}} [kind]
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!found || (kind && !(found instanceof kind))) throw new Error(`the page has no #${id}`);
  return /** @type {T} */ (found);
}

/**
 * A new element. `attributes`: an undefined or false one is left out; children: elements or text.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/**
 * A button that does `act`.
 *
 * @param {Record<string, string | number | boolean | undefined>} attributes
 * @param {() => void} act
 * @param {(Node | string)[]} children
 */
export function button(attributes, act, ...children) {
  const made = make("button", { type: "button", ...attributes }, ...children);
  made.addEventListener("click", act);
  return made;
}

/**
 * Give the attribute this value, if it has another: the browser styles anew what it is told, changed or not.
 *
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Put `text` there, if it is not there already.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
