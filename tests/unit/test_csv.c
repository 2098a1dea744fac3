/* What the CSV reader takes, and what it says about files that it does not take. */
#include "../support.h"

#include "../../models/csv.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static double *numbers(const wg_table *table) { return table->features; }

static wg_table *parse_with(const char *text, const wg_csv_options *options) {
  wg_table *table;
  wg_error error = {WG_OK, ""};
  if (wg_csv_parse("t.csv", text, strlen(text), options, &table, &error) != WG_OK) fail_msg("%s", error.message);
  return table;
}

static wg_table *parse(const char *text) { return parse_with(text, NULL); }

static void refuse_with(const char *text, const wg_csv_options *options, wg_status status, const char *message) {
  wg_table *table = (wg_table *)&status;
  wg_error error = {WG_OK, ""};
  assert_int_equal(wg_csv_parse("t.csv", text, strlen(text), options, &table, &error), status);
  assert_null(table);
  assert_int_equal(error.status, status);
  assert_string_equal(error.message, message);
}

static void refuse(const char *text, const char *message) { refuse_with(text, NULL, WG_ERROR_DATA, message); }

static void assert_table(const wg_table *table, int64_t rows, int64_t columns, const double *features,
                         const int64_t *labels) {
  assert_int_equal(table->rows, rows);
  assert_int_equal(table->columns, columns);
  for (int64_t i = 0; i < rows * columns; i++)
    if (numbers(table)[i] != features[i]) fail_msg("feature %d: %g, not %g", (int)i, numbers(table)[i], features[i]);
  for (int64_t i = 0; i < rows; i++) assert_int_equal(table->labels[i], labels[i]);
}

/* ---- What it takes ---- */

static void names_in_the_first_line_become_column_names(void **state) {
  (void)state;
  wg_table *table = parse("length,width,species\n1,2,cat\n3,4,dog\n5,6,cat\n");
  assert_table(table, 3, 2, (double[]){1, 2, 3, 4, 5, 6}, (int64_t[]){0, 1, 0});
  assert_string_equal(table->column_names[0], "length");
  assert_string_equal(table->column_names[1], "width");
  assert_string_equal(table->label_name, "species");
  assert_int_equal(table->classes, 2);
  assert_string_equal(table->class_names[0], "cat");
  assert_string_equal(table->class_names[1], "dog");
  wg_table_free(table);
}

static void a_first_line_of_numbers_is_data(void **state) {
  (void)state;
  wg_table *table = parse("1,2,0\n3,4,1");
  assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 1});
  assert_null(table->column_names);
  wg_table_free(table);
}

static void counts_in_the_first_line_name_the_classes(void **state) {
  (void)state;
  wg_table *table = parse("3,2,ant,bee,wasp\n1,2,1\n3,4,0\n5,6,1\n");
  assert_table(table, 3, 2, (double[]){1, 2, 3, 4, 5, 6}, (int64_t[]){1, 0, 1});
  assert_int_equal(table->classes, 3);
  assert_string_equal(table->class_names[2], "wasp");
  wg_table_free(table);
}

static void a_row_of_data_that_looks_like_counts_stays_data(void **state) {
  (void)state;
  wg_table *table = parse("2,2,ant\n1,2,bee\n3,4,ant\n");
  assert_table(table, 3, 2, (double[]){2, 2, 1, 2, 3, 4}, (int64_t[]){0, 1, 0});
  wg_table_free(table);
  table = parse("2,2,1st\n1,2,2\n3,4,1st\n"); /* a class number 2 where only one class is named */
  assert_table(table, 3, 2, (double[]){2, 2, 1, 2, 3, 4}, (int64_t[]){0, 1, 0});
  wg_table_free(table);
}

static void columns_named_by_numbers_are_told_by_their_label(void **state) {
  (void)state;
  wg_table *table = parse("0,1,target\n1.5,2.5,10\n3.5,4.5,9\n");
  assert_table(table, 2, 2, (double[]){1.5, 2.5, 3.5, 4.5}, (int64_t[]){1, 0});
  assert_string_equal(table->label_name, "target");
  wg_table_free(table);
}

static void text_labels_become_classes_in_order_of_appearance(void **state) {
  (void)state;
  wg_table *table = parse("1,zebra\n2,ant\n3,zebra\n4,mole\n");
  assert_table(table, 4, 1, (double[]){1, 2, 3, 4}, (int64_t[]){0, 1, 0, 2});
  assert_string_equal(table->class_names[0], "zebra");
  assert_string_equal(table->class_names[2], "mole");
  wg_table_free(table);
}

static void whole_number_labels_become_classes_in_order_of_size(void **state) {
  (void)state;
  wg_table *table = parse("1,10\n2,-1\n3,9.0\n4,10\n");
  assert_table(table, 4, 1, (double[]){1, 2, 3, 4}, (int64_t[]){2, 0, 1, 2});
  assert_string_equal(table->class_names[0], "-1");
  assert_string_equal(table->class_names[1], "9");
  assert_string_equal(table->class_names[2], "10");
  wg_table_free(table);
}

static void quotes_line_ends_blanks_and_a_byte_order_mark_are_taken(void **state) {
  (void)state;
  wg_table *table = parse("\xEF\xBB\xBF\"a \"\"b\"\"\",\"c,d\" ,e\r\n\r\n 1 ,\t2,\"x, \"\"y\"\"\"\r3,\"4\",z\n\n  \n");
  assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 1});
  assert_string_equal(table->column_names[0], "a \"b\"");
  assert_string_equal(table->column_names[1], "c,d");
  assert_string_equal(table->class_names[0], "x, \"y\"");
  wg_table_free(table);
}

static void a_file_with_everything_in_quotes_loses_no_row(void **state) {
  (void)state;
  wg_table *table = parse("\"1\",\"2\",\"a\"\n\"3\",\"4\",\"b\"\n");
  assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 1});
  wg_table_free(table);
}

static void numbers_are_read_as_strtod_reads_them(void **state) {
  (void)state;
  wg_table *table = parse("-1.5e3,.5,5.,+0.1,1E-400,9007199254740993,0\n");
  assert_table(table, 1, 6, (double[]){-1500, 0.5, 5, 0.1, 0, 9007199254740992.0}, (int64_t[]){0});
  wg_table_free(table);
}

static void numbers_have_points_in_every_locale(void **state) {
  (void)state;
  const char *locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"};
  for (int i = 0; i < 3; i++) {
    if (!setlocale(LC_NUMERIC, locales[i])) continue; /* not installed here */
    wg_table *table = parse("1.5,2.25e1,0\n");
    setlocale(LC_NUMERIC, "C");
    assert_table(table, 1, 2, (double[]){1.5, 22.5}, (int64_t[]){0});
    wg_table_free(table);
  }
}

static void the_label_column_is_chosen_by_name_or_number(void **state) {
  (void)state;
  const char *text = "kind,a,b\nx,1,2\ny,3,4\n";
  const char *ways[] = {"kind", "1"};
  for (int i = 0; i < 2; i++) {
    wg_table *table = parse_with(text, &(wg_csv_options){.label = ways[i]});
    assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 1});
    assert_string_equal(table->label_name, "kind");
    assert_string_equal(table->column_names[0], "a");
    wg_table_free(table);
  }
}

static void another_delimiter_is_taken(void **state) {
  (void)state;
  wg_table *table = parse_with("1;2;a\n3;4;b\n", &(wg_csv_options){.delimiter = ';'});
  assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 1});
  wg_table_free(table);
  table = parse_with("1\t2\ta\n", &(wg_csv_options){.delimiter = '\t'});
  assert_table(table, 1, 2, (double[]){1, 2}, (int64_t[]){0});
  wg_table_free(table);
}

/* ---- What it refuses ---- */

static void a_field_that_is_no_number_is_named_by_row_and_column(void **state) {
  (void)state;
  refuse("a,b,c\n1,2,x\n3,abc,y\n", "t.csv: row 3, column 2: 'abc' is not a number");
  refuse("1,2,0\n3,,1\n", "t.csv: row 2, column 2: '' is not a number");
  refuse("1,2,0\n0x10,3,1\n", "t.csv: row 2, column 1: '0x10' is not a number");
  refuse("1,2,0\n3,1.2.3,1\n", "t.csv: row 2, column 2: '1.2.3' is not a number");
  refuse("1,2,0\n3,1e,1\n", "t.csv: row 2, column 2: '1e' is not a number");
  refuse("1,2,0\n3,-,1\n", "t.csv: row 2, column 2: '-' is not a number");
  refuse("a,2,0\n3,4,1\n", "t.csv: row 1, column 1: 'a' is not a number (a first line of names has no numbers)");
}

static void rows_are_counted_as_lines_of_the_file(void **state) {
  (void)state;
  refuse("a,b\r\n\r\n1,x\r\n\r\n?,y\r\n", "t.csv: row 5, column 1: '?' is not a number");
  refuse("\"a\",b\n1,\"x\"\n2,\"x\n", "t.csv: row 3, column 2: the quote is never closed");
}

static void numbers_that_are_not_finite_are_refused(void **state) {
  (void)state;
  refuse("1,2,0\n3,nan,1\n", "t.csv: row 2, column 2: 'nan' is not a finite number");
  refuse("1,-Inf,0\n3,2,1\n", "t.csv: row 1, column 2: '-Inf' is not a finite number");
  refuse("1,2,0\n3,1e999,1\n", "t.csv: row 2, column 2: '1e999' is not a finite number");
}

static void ragged_rows_are_refused(void **state) {
  (void)state;
  refuse("1,2,0\n3,1\n", "t.csv: row 2 has 2 columns, the rows before have 3");
  refuse("a,b,c\n1,2,0\n3,1,1,1\n", "t.csv: row 3 has 4 columns, the rows before have 3");
}

static void files_without_rows_are_refused(void **state) {
  (void)state;
  refuse("", "t.csv: the file is empty");
  refuse("\xEF\xBB\xBF \n\r\n", "t.csv: the file is empty");
  refuse("a,b,c\n", "t.csv: there are no rows after the first line of names");
}

static void a_single_column_is_refused(void **state) {
  (void)state;
  refuse("1;2;0\n3;4;1\n", "t.csv: row 1 has one column, and needs a label and at least one feature, separated by ','");
}

static void labels_that_are_none_are_refused(void **state) {
  (void)state;
  refuse("1,2,0\n3,4,\n", "t.csv: row 2, column 3: '' is no label");
  refuse("1,2,0\n3,4,1.5\n", "t.csv: row 2, column 3: '1.5' is neither a whole number nor a name, and so no label");
  refuse("2,1,a,b\n1,0\n3,2\n", "t.csv: row 3, column 2: '2' is not the number of a class that row 1 names");
  refuse("2,1,a,b\n1,2\n3,0\n", "t.csv: row 2, column 2: '2' is not the number of a class that row 1 names");
  refuse("2,1,a,b\n1,a\n3,b\n", "t.csv: row 2, column 2: 'a' is not a class number");
  refuse("2,1,a,b\n1,0\n3,b\n", "t.csv: row 3, column 2: 'b' is not a class number");
  refuse("3,1,a,b\n1,0\n3,1\n", "t.csv: row 1 says that 3 rows follow, but there are 2");
}

static void a_label_column_that_is_not_there_is_refused(void **state) {
  (void)state;
  refuse_with("a,b\n1,2\n", &(wg_csv_options){.label = "species"}, WG_ERROR_DATA,
              "t.csv: row 1 has no column named 'species'");
  refuse_with("a,b\n1,2\n", &(wg_csv_options){.label = "3"}, WG_ERROR_DATA,
              "t.csv: there is no column 3 to take labels from, of 2 columns");
  refuse_with("a,b\n1,2\n", &(wg_csv_options){.label = "0"}, WG_ERROR_DATA,
              "t.csv: there is no column 0 to take labels from, of 2 columns");
  refuse_with("a,b\n1,2\n", &(wg_csv_options){.label = "99999999999999999999999999"}, WG_ERROR_DATA,
              "t.csv: there is no column 99999999999999999999999999 to take labels from, of 2 columns");
}

static void bytes_that_are_no_text_are_refused(void **state) {
  (void)state;
  refuse("a,b\n1,caf\xE9\n", "t.csv: row 2, column 2: the bytes are not text in UTF-8");
  refuse("a,b\n1,\xED\xA0\x80\n", "t.csv: row 2, column 2: the bytes are not text in UTF-8");
  refuse("a,b\n1,\"x\ny\"\n", "t.csv: row 2, column 2: there is a control character in the field");
  refuse("a,b\n1,\x1B[31mred\n", "t.csv: row 2, column 2: there is a control character in the field");
  wg_table *table;
  wg_error error;
  assert_int_equal(wg_csv_parse("t.csv", "1,2\n3,\0\n", 8, NULL, &table, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "t.csv: row 2, column 2: there is a control character in the field");
}

static void text_after_a_closing_quote_is_refused(void **state) {
  (void)state;
  refuse("a,b\n1,\"x\"y\n", "t.csv: row 2, column 2: there is text after the closing quote");
}

static void a_long_field_is_cut_in_the_message(void **state) {
  (void)state;
  refuse("1,2,0\näääääääääääääääääääääääääääääääääääääää,2,0\n",
         "t.csv: row 2, column 1: 'ääääääääääääääääääääää…' is not a number");
}

static void a_delimiter_that_numbers_have_is_refused(void **state) {
  (void)state;
  const char bad[] = {'1', '.', '-', '"', 'e', '\n', (char)0xE4};
  for (size_t i = 0; i < sizeof bad; i++)
    refuse_with("1,2\n", &(wg_csv_options){.delimiter = bad[i]}, WG_ERROR_ARGUMENT,
                "columns cannot be separated by that character");
}

/* ---- Files ---- */

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void a_file_is_read_whole(void **state) {
  (void)state;
  char path[] = "/tmp/wengert-csv-XXXXXX";
  int descriptor = mkstemp(path);
  assert_true(descriptor >= 0);
  close(descriptor);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  const int rows = 30000; /* more than one block of reading */
  for (int i = 0; i < rows; i++) fprintf(file, "%d,%d\n", i, i % 7);
  assert_int_equal(fclose(file), 0);
  wg_table *table;
  assert_int_equal(wg_csv_read(path, NULL, &table, NULL), WG_OK);
  assert_int_equal(table->rows, rows);
  assert_int_equal(table->classes, 7);
  for (int i = 0; i < rows; i++) assert_true(numbers(table)[i] == i && table->labels[i] == i % 7);
  wg_table_free(table);

  write_file(path, "1,2\n3,4\n");
  wg_error error;
  assert_int_equal(wg_csv_read(path, &(wg_csv_options){.bytes_max = 7}, &table, &error), WG_ERROR_FILE);
  assert_contains(error.message, ": the file is larger than 7 bytes");
  assert_int_equal(wg_csv_read(path, &(wg_csv_options){.bytes_max = 8}, &table, &error), WG_OK);
  wg_table_free(table);
  remove(path);
}

static void a_file_that_cannot_be_read_is_named(void **state) {
  (void)state;
  wg_table *table;
  wg_error error;
  assert_int_equal(wg_csv_read("/nowhere/x.csv", NULL, &table, &error), WG_ERROR_FILE);
  assert_string_equal(error.message, "/nowhere/x.csv: cannot be opened: No such file or directory");
  assert_null(table);
  assert_int_equal(wg_csv_read("/tmp", NULL, &table, &error), WG_ERROR_FILE);
  assert_contains(error.message, "/tmp: cannot be read: ");
}

static void every_failed_allocation_is_a_status(void **state) {
  (void)state;
  const char *texts[] = {"a,b,c\n1,2,x\n3,4,y\n5,6,x\n", "2,2,p,q\n1,2,0\n3,4,1\n", "1,2,3\n4,5,6\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    for (int for_good = 0; for_good < 2; for_good++)
      for (size_t n = 1;; n++) {
        failing_memory memory = {.fail = n, .for_good = for_good};
        wg_allocator allocator = failing_allocator(&memory);
        wg_csv_options options = {.label = i == 0 ? "c" : NULL, .allocator = &allocator};
        wg_table *table;
        wg_error error;
        wg_status status = wg_csv_parse("t", texts[i], strlen(texts[i]), &options, &table, &error);
        assert_int_equal(status, memory.failed ? WG_ERROR_MEMORY : WG_OK);
        wg_table_free(table);
        assert_int_equal(memory.live, 0);
        if (!memory.failed) break;
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_in_the_first_line_become_column_names),
      cmocka_unit_test(a_first_line_of_numbers_is_data),
      cmocka_unit_test(counts_in_the_first_line_name_the_classes),
      cmocka_unit_test(a_row_of_data_that_looks_like_counts_stays_data),
      cmocka_unit_test(columns_named_by_numbers_are_told_by_their_label),
      cmocka_unit_test(text_labels_become_classes_in_order_of_appearance),
      cmocka_unit_test(whole_number_labels_become_classes_in_order_of_size),
      cmocka_unit_test(quotes_line_ends_blanks_and_a_byte_order_mark_are_taken),
      cmocka_unit_test(a_file_with_everything_in_quotes_loses_no_row),
      cmocka_unit_test(numbers_are_read_as_strtod_reads_them),
      cmocka_unit_test(numbers_have_points_in_every_locale),
      cmocka_unit_test(the_label_column_is_chosen_by_name_or_number),
      cmocka_unit_test(another_delimiter_is_taken),
      cmocka_unit_test(a_field_that_is_no_number_is_named_by_row_and_column),
      cmocka_unit_test(rows_are_counted_as_lines_of_the_file),
      cmocka_unit_test(numbers_that_are_not_finite_are_refused),
      cmocka_unit_test(ragged_rows_are_refused),
      cmocka_unit_test(files_without_rows_are_refused),
      cmocka_unit_test(a_single_column_is_refused),
      cmocka_unit_test(labels_that_are_none_are_refused),
      cmocka_unit_test(a_label_column_that_is_not_there_is_refused),
      cmocka_unit_test(bytes_that_are_no_text_are_refused),
      cmocka_unit_test(text_after_a_closing_quote_is_refused),
      cmocka_unit_test(a_long_field_is_cut_in_the_message),
      cmocka_unit_test(a_delimiter_that_numbers_have_is_refused),
      cmocka_unit_test(a_file_is_read_whole),
      cmocka_unit_test(a_file_that_cannot_be_read_is_named),
      cmocka_unit_test(every_failed_allocation_is_a_status),
  };
  return RUN_TESTS(tests);
}
