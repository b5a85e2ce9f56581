import { render } from 'preact'
import '../style/page.css'
import { App } from './app.js'
import { applyTheme } from './theme.js'

applyTheme()
const place = document.getElementById('app')
if (place) render(<App />, place)
