package seal

// Known answers of Derived(secretsOf(1, 2)), computed with OpenSSL from the layout that Derive documents.
const (
	frozenPerson   = "3c0c2374bd0cafde68969622a1543c03"
	frozenNobody   = "ac30beee1936dff1d17596edcb3a1afa"
	frozenSalt     = "bc3df8782d32aa8c221073207e1ca280958f8c4d1984e7639cd489e4f4ebc83b"
	frozenIndex    = "3a11ff0861b050a8b7d98db323f649ec22563956adda0513b9eb16c15f2603a5"
	frozenLine     = "fd0f938553304f6872db345ca3610448"
	frozenIdentity = "e8592b79e0121c3ed3041c87b13c179751728ce8a756fbedae217a7bf4b5c89a"
	frozenToken    = "131385acb926527142bf133e"
)
