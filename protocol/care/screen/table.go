package screen

// Table is rows under named columns. On a narrow screen each row becomes a
// card, with the column's label before each value.
type Table struct {
	Caption string // spoken, and shown
	Columns []Column
	Rows    []Row
	Empty   *Empty // shown without rows
	Pager   Pager
}

// Column is one column of a Table.
type Column struct {
	Label   string
	Numeric bool // set right, in even figures
	Hidden  bool // the label is only spoken: a column of buttons
}

// Row is one line of a Table.
type Row struct {
	Cells    []Cell
	Selected bool
}

// Cell holds what one place of a table shows: a text, a link, marks, a receipt,
// buttons, in this order.
type Cell struct {
	Text    string
	Note    string
	Href    string
	Mark    *Mark
	Receipt *Receipt
	Buttons []Button
	Key     string // shortcut of the link
}

// Pager leads to the other pages of a list.
type Pager struct {
	Page, Pages int // Page counts from 1
	Prev, Next  string
}

// Needed tells whether there is anywhere to go.
func (p Pager) Needed() bool { return p.Pages > 1 }

// Window cuts a list to what one page shows. Page counts from 1 and is brought
// into range, since it comes from an address that anyone can type; href makes
// the address of a page.
func Window[T any](items []T, size, page int, href func(page int) string) ([]T, Pager) {
	size = max(size, 1)
	pages := max((len(items)+size-1)/size, 1)
	page = min(max(page, 1), pages)
	p := Pager{Page: page, Pages: pages}
	if page > 1 {
		p.Prev = href(page - 1)
	}
	if page < pages {
		p.Next = href(page + 1)
	}
	return items[(page-1)*size : min(page*size, len(items))], p
}
