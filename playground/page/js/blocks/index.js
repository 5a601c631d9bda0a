// Every block type and the function that draws it. What is not listed is shown as unknown, never dropped.
import { drawDataTable } from "./datatable.js";
import { drawChartBlock } from "../chart/index.js";
import { el } from "../dom.js";
import { drawMarkdown } from "../markdown.js";
import { drawActions, drawContextActions, drawInput } from "./interactive.js";
import { drawCard, drawCarousel, drawContainer, drawPlan, drawTaskCard } from "./panels.js";
import { drawRichText } from "./richtext.js";
import { drawAlert, drawContext, drawDivider, drawFile, drawHeader, drawImage, drawSection, drawVideo } from "./simple.js";
import { drawTable } from "./table.js";

const BLOCKS = {
  actions: drawActions,
  alert: drawAlert,
  card: drawCard,
  carousel: drawCarousel,
  container: drawContainer,
  context: drawContext,
  context_actions: drawContextActions,
  data_table: drawDataTable,
  data_visualization: drawChartBlock,
  divider: drawDivider,
  file: drawFile,
  header: drawHeader,
  image: drawImage,
  input: drawInput,
  markdown: (block) => el("div", { class: "markdown", dir: "auto" }, drawMarkdown(block.text ?? "")),
  plan: drawPlan,
  rich_text: drawRichText,
  section: drawSection,
  table: drawTable,
  task_card: drawTaskCard,
  video: drawVideo,
};

/** The nodes of a list of blocks, in order. `context.surface` says where they stand: message, modal or home. */
export function drawBlocks(blocks, context) {
  const inside = { ...context, drawBlocks };
  return (blocks ?? []).map((block, index) => drawOne({ block_id: `b${index}`, ...block }, inside));
}

function drawOne(block, context) {
  const draw = BLOCKS[block.type] ?? drawUnknown;
  return el("div", { class: `block block-${block.type}`, data: { block: block.block_id } }, draw(block, context));
}

function drawUnknown(block) {
  return el("details", { class: "unknown" },
    el("summary", {}, `A block of type “${block.type}” that the playground does not draw`),
    el("pre", { class: "pre", tabindex: 0 }, el("code", { text: JSON.stringify(block, null, 2) })));
}
