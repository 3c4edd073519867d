/** How a field of the edit form reads in a sentence, for laying two versions side by side. */
import { CASUALTY } from "@/components/casualties";
import { gradeWord } from "@/components/grades";
import { label } from "@/i18n";
import { useReference } from "@/stores/reference";
import type { EditFields } from "./edit";

export function useFieldText(): (field: keyof EditFields, fields: EditFields) => string {
  const reference = useReference();
  return (field, fields) => {
    if (field === "type_code") return reference.typeName(fields.type_code) || "未定";
    if (field === "township") return reference.townshipName(fields.township) || "未填";
    if (field === "casualties") return CASUALTY.map(([name, , short]) => `${short}${fields.casualties[name] ?? "?"}`).join(" ");
    if (field === "grade") return fields.grade ? gradeWord(fields.grade) : "按规则";
    if (field === "possible_grade") return gradeWord(fields[field] || "none");
    if (field === "source") return label("incident_source", fields.source) || "未注明";
    if (field === "sensitive") return fields.sensitive ? "是" : "否";
    return String(fields[field]).replace("T", " ") || "空";
  };
}
