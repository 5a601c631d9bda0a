// Where a popup stands: under its anchor, or above it when there is no room.

const GAP = 4;
const EDGE = 8;

export function placeUnder(popup, anchor, wide = false) {
  const box = anchor.getBoundingClientRect();
  if (wide) popup.style.setProperty("min-width", `${box.width}px`);
  const below = innerHeight - box.bottom - GAP - EDGE;
  const above = box.top - GAP - EDGE;
  popup.style.setProperty("max-height", `${Math.max(120, Math.min(480, Math.max(below, above)))}px`);
  const size = popup.getBoundingClientRect();
  const under = size.height <= below || below >= above;
  popup.style.setProperty("top", `${under ? box.bottom + GAP : Math.max(EDGE, box.top - GAP - size.height)}px`);
  popup.style.setProperty("left", `${Math.max(EDGE, Math.min(box.left, innerWidth - size.width - EDGE))}px`);
}
