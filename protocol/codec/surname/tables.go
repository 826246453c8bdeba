package surname

// single holds the surnames of one character that has several readings, with the reading that holds for the family name.
var single = map[string]string{
	"单": "shan", "仇": "qiu", "曾": "zeng", "区": "ou", "解": "xie", "查": "zha", "覃": "qin", "朴": "piao",
	"盖": "ge", "缪": "miao", "翟": "zhai", "宓": "mi", "祭": "zhai", "乐": "yue", "员": "yun", "召": "shao",
	"种": "chong", "折": "she", "黑": "he", "洗": "xian", "冼": "xian", "逄": "pang", "尉": "wei", "臧": "zang",
	"隗": "wei", "郇": "xun", "郗": "xi", "撒": "sa", "繁": "po", "秘": "bi", "任": "ren", "华": "hua",
	"葛": "ge", "柏": "bai", "费": "fei", "纪": "ji", "车": "che", "晁": "chao", "贾": "jia", "谌": "chen",
	"佴": "nai", "褚": "chu", "哈": "ha", "那": "na", "俞": "yu", "句": "gou", "阚": "kan", "要": "yao",
	"幺": "yao", "牟": "mu", "沈": "shen", "谷": "gu", "能": "nai", "行": "xing", "石": "shi", "卜": "bu",
	"燕": "yan", "应": "ying", "於": "yu", "都": "du", "亓": "qi", "夏": "xia", "薄": "bo", "粘": "nian",
	"相": "xiang", "曲": "qu", "观": "guan", "占": "zhan", "莫": "mo", "䶮": "yan", "𬱖": "di",
}

// compound holds the surnames of two characters. The reading is empty where every character is read as usual. Historical ones
// that begin with a common surname (乐正, 段干, 贺兰, 梁丘) are left out on purpose: whoever is called 贺兰英 today is a 贺.
var compound = map[string]string{
	"欧阳": "", "上官": "", "司马": "", "司徒": "", "司空": "", "司寇": "", "诸葛": "zhu ge", "皇甫": "huang fu",
	"尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "单于": "chan yu", "澹台": "tan tai", "令狐": "ling hu",
	"夏侯": "xia hou", "东方": "", "独孤": "", "南宫": "", "闻人": "", "公羊": "", "赫连": "", "濮阳": "",
	"公冶": "", "太叔": "", "申屠": "", "公孙": "", "慕容": "", "仲孙": "", "钟离": "", "宇文": "", "鲜于": "xian yu",
	"闾丘": "", "亓官": "", "巫马": "", "公西": "", "颛孙": "", "壤驷": "", "公良": "", "漆雕": "", "宰父": "zai fu",
	"拓跋": "tuo ba", "轩辕": "", "百里": "", "呼延": "", "呼衍": "", "东郭": "", "羊舌": "", "微生": "", "西门": "",
	"第五": "", "即墨": "", "达奚": "", "完颜": "", "叶赫": "", "纳兰": "", "那拉": "na la", "太史": "", "端木": "",
	"淳于": "chun yu", "厍狄": "she di",
}
