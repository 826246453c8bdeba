package county

import (
	"strconv"
	"strings"

	"xiangyi/cmd/internal/demo"
)

// Account is a member of staff who can sign in.
type Account struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Name     string `json:"name"`
	Title    string `json:"title"` // what they do, for the table
	Where    string `json:"where"` // where they sign in: "v01", "v02" or "county"
	Staff    string `json:"staff"` // staff number
}

// accounts are the staff of the demonstration, each with a password of their own: nothing here has a default password.
func accounts(secret func() string) []Account {
	var out []Account
	for _, p := range demo.People() {
		a := Account{Login: p.Login, Title: p.Does, Name: p.Name, Staff: string(p.ID), Where: "county"}
		for _, v := range villages {
			if string(v.Site) == string(p.Organisation) {
				a.Where = string(v.Site)
			}
		}
		// Three of four classes whatever the secret is, and readable aloud.
		a.Password = "Demo-" + secret()[:8]
		out = append(out, a)
	}
	return out
}

// Account finds an account by its login.
func (p *Plan) Account(login string) Account {
	for _, a := range p.Accounts {
		if a.Login == login {
			return a
		}
	}
	return Account{}
}

// Card is a resident identity card as a reader reads it. Its holder does not exist: no division has the code 990101.
type Card struct {
	Name    string `json:"name"`
	Number  string `json:"number"`
	Sex     string `json:"sex"`     // GB/T 2261.1: 1 male, 2 female
	Ethnic  string `json:"ethnic"`  // GB/T 3304: 01
	Birth   string `json:"birth"`   // YYYYMMDD
	Address string `json:"address"` // fictional
}

// Cards lie in the sandbox's drawer, in the order of the control page. The last one is forged: its check digit is wrong.
func Cards() []Card {
	out := []Card{
		card("王样例", "2", "19500307", 102, "示例县青石村一组"),
		card("李样本", "1", "19621120", 101, "示例县青石村二组"),
		card("张试用", "2", "19880516", 104, "示例县青石村三组"),
		card("赵演示", "1", "19450801", 103, "示例县竹溪村一组"),
		card("周示范", "2", "19790212", 106, "示例县竹溪村二组"),
	}
	forged := card("假校验", "1", "19700101", 105, "示例县")
	last := forged.Number[17]
	forged.Number = forged.Number[:17] + string('0'+(last-'0'+1)%10)
	if last == 'X' {
		forged.Number = forged.Number[:17] + "0"
	}
	return append(out, forged)
}

func card(name, sex, birth string, order int, address string) Card {
	body := "990101" + birth + strconv.Itoa(order)
	return Card{Name: name, Number: body + string(checkDigit(body)), Sex: sex, Ethnic: "01", Birth: birth, Address: address}
}

// checkDigit is GB 11643-1999: ISO 7064 MOD 11-2 over the 17 digits.
func checkDigit(body string) byte {
	sum := 0
	for i, d := range strings.Split(body, "") {
		n, _ := strconv.Atoi(d) // the digits are written above
		sum += n * []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	return "10X98765432"[sum%11]
}
