package period

// units are the numbers that people write in words, without accents.
var units = map[string]int{
	"un": 1, "uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
	"once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19,
	"veinte": 20, "veintiuno": 21, "veintiun": 21, "veintidos": 22, "veintitres": 23, "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26,
	"veintisiete": 27, "veintiocho": 28, "veintinueve": 29, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70,
	"ochenta": 80, "noventa": 90,
}

// spelled reads a number in words at the beginning of parts, and how many words
// it takes: "dos mil veinticinco", "treinta y uno", "veinte veinticinco".
func spelled(parts []string) (value, used int) {
	v, n := below100(parts)
	if n == 0 {
		return 0, 0
	}
	rest := parts[n:]
	if len(rest) > 0 && rest[0] == "mil" {
		w, more := below100(rest[1:])
		return v*1000 + w, n + 1 + more
	}
	if v == 20 && n == 1 { // "veinte veinticinco"
		if w, more := below100(rest); w >= 10 {
			return 2000 + w, n + more
		}
	}
	return v, n
}

func below100(parts []string) (value, used int) {
	if len(parts) == 0 {
		return 0, 0
	}
	if parts[0] == "veinti" && len(parts) > 1 && units[parts[1]] > 0 && units[parts[1]] < 10 {
		return 20 + units[parts[1]], 2
	}
	v := units[parts[0]]
	if v == 0 {
		return 0, 0
	}
	if v >= 20 && v%10 == 0 && len(parts) > 2 && parts[1] == "y" && units[parts[2]] > 0 && units[parts[2]] < 10 {
		return v + units[parts[2]], 3
	}
	return v, 1
}
