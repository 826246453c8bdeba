package paper

import (
	"fmt"
	"slices"

	"github.com/OpenPrinting/goipp"
)

func (p *pagePrinter) describeJob(m *goipp.Message) *goipp.Message {
	job, ok := p.find(number(m.Operation, "job-id"))
	if !ok {
		return say(m, goipp.StatusErrorNotFound)
	}
	rsp := say(m, goipp.StatusOk)
	rsp.Job = wanted(m, p.jobAttributes(job))
	return rsp
}

// wanted keeps the attributes that a request asked for. Without a list, Get-Jobs gives job-id and job-uri only.
func wanted(m *goipp.Message, attrs goipp.Attributes) goipp.Attributes {
	names := texts(m.Operation, "requested-attributes")
	if len(names) == 0 && goipp.Op(m.Code) == goipp.OpGetJobs {
		names = []string{"job-id", "job-uri"}
	}
	if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool {
		return n == "all" || n == "printer-description" || n == "job-description" || n == "job-template"
	}) {
		return attrs
	}
	return slices.DeleteFunc(attrs, func(a goipp.Attribute) bool { return !slices.Contains(names, a.Name) })
}

func (p *pagePrinter) listJobs(m *goipp.Message) *goipp.Message {
	completed := text(m.Operation, "which-jobs") == "completed"
	rsp := say(m, goipp.StatusOk)
	groups := goipp.Groups{{Tag: goipp.TagOperationGroup, Attrs: rsp.Operation}}
	for _, job := range p.all() {
		if (job.State != jobPending) == completed {
			groups.Add(goipp.Group{Tag: goipp.TagJobGroup, Attrs: wanted(m, p.jobAttributes(job))})
		}
	}
	return goipp.NewMessageWithGroups(rsp.Version, rsp.Code, rsp.RequestID, groups)
}

func (p *pagePrinter) cancelJob(m *goipp.Message) *goipp.Message {
	known, done := p.cancel(number(m.Operation, "job-id"))
	switch {
	case !known:
		return say(m, goipp.StatusErrorNotFound)
	case !done:
		return say(m, goipp.StatusErrorNotPossible)
	}
	return say(m, goipp.StatusOk)
}

func (p *pagePrinter) jobAttributes(job Job) goipp.Attributes {
	reason := map[int]string{jobPending: "printer-stopped", jobCanceled: "job-canceled-by-user", jobCompleted: "job-completed-successfully"}[job.State]
	var attrs goipp.Attributes
	attrs.Add(goipp.MakeAttr("job-id", goipp.TagInteger, goipp.Integer(job.ID)))
	attrs.Add(goipp.MakeAttr("job-uri", goipp.TagURI, goipp.String(fmt.Sprintf("%s/%d", p.uri, job.ID))))
	attrs.Add(goipp.MakeAttr("job-name", goipp.TagName, goipp.String(job.Name)))
	attrs.Add(goipp.MakeAttr("job-state", goipp.TagEnum, goipp.Integer(job.State)))
	attrs.Add(goipp.MakeAttr("job-state-reasons", goipp.TagKeyword, goipp.String(reason)))
	return attrs
}

func (p *pagePrinter) waiting() int {
	n := 0
	for _, j := range p.all() {
		if j.State == jobPending {
			n++
		}
	}
	return n
}

func text(attrs goipp.Attributes, name string) string {
	if all := texts(attrs, name); len(all) > 0 {
		return all[0]
	}
	return ""
}

func texts(attrs goipp.Attributes, name string) (out []string) {
	for _, a := range attrs {
		for _, v := range a.Values {
			if s, ok := v.V.(goipp.String); ok && a.Name == name {
				out = append(out, string(s))
			}
		}
	}
	return out
}

func number(attrs goipp.Attributes, name string) int {
	for _, a := range attrs {
		if a.Name == name && len(a.Values) > 0 {
			if n, ok := a.Values[0].V.(goipp.Integer); ok {
				return int(n)
			}
		}
	}
	return 0
}
