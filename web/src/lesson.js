import { preloadEditor, createEditor } from "./editor.js"; preloadEditor(); window.x=createEditor
