/** The list of the check queue: Enter opens the first item that waits for this person; the arrows go from item to item. */

const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("#held tbody a")]);

/** @param {number} by */
function move(by) {
  const at = links.findIndex((link) => link === document.activeElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at + by))];
  next?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  }
  if (event.key !== "Enter" || event.target instanceof HTMLAnchorElement) return;
  links.find((link) => !link.closest("tr")?.textContent?.includes("by you"))?.click();
});
