import './styles/base.css'
import './styles/shell.css'
import './styles/form.css'
import './styles/table.css'
import './styles/parts.css'
import 'uplot/dist/uPlot.min.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { language } from './messages/messages.ts'

document.documentElement.lang = language
const place = document.getElementById('app')
if (place !== null) render(<App />, place)
