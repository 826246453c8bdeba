package hl7

import "fmt"

// Kind is why a message is refused.
type Kind uint8

// The kinds.
const (
	TooLarge       Kind = iota + 1 // more than MaxMessage bytes, or more parts than MaxParts
	NoHeader                       // does not begin with MSH
	BadDelimiters                  // MSH-1 and MSH-2 announce what cannot be delimiters
	UnknownCharset                 // MSH-18 names a set that we do not speak
	BadText                        // bytes that are not in the set named
	BadSegment                     // a line that does not begin with three letters or digits and a delimiter
	Unencodable                    // a character that the set to write in does not hold
	Partial                        // the line ended within a frame
)

var kinds = [...]string{
	TooLarge: "too large", NoHeader: "no MSH segment in front", BadDelimiters: "impossible delimiters",
	UnknownCharset: "unknown character set", BadText: "bytes that are not in the character set", BadSegment: "malformed segment",
	Unencodable: "character outside the character set", Partial: "frame without an end",
}

// Error says why and where a message is refused, and never quotes it.
type Error struct {
	Kind    Kind
	Segment int // which segment, from 1; 0 is the whole message
	Offset  int // in bytes of the decoded text, or of the raw bytes for BadText and Partial
}

func (e *Error) Error() string {
	what := "refused"
	if int(e.Kind) < len(kinds) && kinds[e.Kind] != "" {
		what = kinds[e.Kind]
	}
	if e.Segment > 0 {
		return fmt.Sprintf("hl7: %s (segment %d, byte %d)", what, e.Segment, e.Offset)
	}
	return fmt.Sprintf("hl7: %s (byte %d)", what, e.Offset)
}

// Is makes errors.Is(err, &Error{Kind: k}) ask for the kind alone.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Kind == e.Kind && other.Segment == 0 && other.Offset == 0
}

// Code returns the number for ERR-3 that tells the sender the same.
func (e *Error) Code() ErrorCode {
	switch e.Kind {
	case NoHeader:
		return SegmentSequence
	case BadDelimiters:
		return RequiredFieldMissing
	case UnknownCharset:
		return TableValueNotFound
	case BadText, BadSegment:
		return DataType
	}
	return ApplicationInternal
}
