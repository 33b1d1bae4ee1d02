"""The official Python SDK `PowerPlatform-Dataverse-Client`, unmodified, against the emulator over https.

Rule numbers in the docstrings (U12, L2, ...) are those of the emulator's rule list (GET /_emulator/v1/rules).
"""

import os
import re
import ssl
import time
import unittest
import urllib.error
import urllib.request
import warnings

from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError
from PowerPlatform.Dataverse.models.filters import col, raw

from emulator import Emulator

# The SDK's HTTP library would send requests for the loopback address through a proxy named in the environment.
for _name in [name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")]:
    del os.environ[_name]

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
MISSING = "00000000-0000-4000-8000-00000000dead"
READ_WRITE, NON_INTERACTIVE = 0, 4


def code_number(code):
    """Error codes are numbers in hexadecimal: 0x8004B050 and 0x8004b050 are the same code."""
    return int(code, 16) if re.fullmatch(r"0x[0-9A-Fa-f]{8}", code or "") else code


class EmulatorTest(unittest.TestCase):
    """One emulator and one client for all tests of a class."""

    flags = ()
    # The SDK retries a broken connection with growing pauses; a test should fail at once instead.
    config = {"http_retries": 1}

    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator(*cls.flags)
        cls.client = cls.emulator.client(**cls.config).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        code = cls.emulator.stop()
        if code != 0:
            raise AssertionError(f"SIGTERM must end the emulator with exit code 0, not {code}")

    def assert_refused(self, status, code, message, call, *args, **kwargs):
        """Asserts that the call is refused with this status, code and message (a text, a pattern or None)."""
        with self.assertRaises(HttpError) as caught:
            call(*args, **kwargs)
        error = caught.exception
        found = error.status_code, code_number(error.details.get("service_error_code"))
        self.assertEqual(found, (status, code_number(code)), error.message)
        if isinstance(message, re.Pattern):
            self.assertRegex(error.message, message)
        elif message is not None:
            self.assertEqual(error.message, message)
        return error

    def call(self, call, *args, **kwargs):
        """Calls something the emulator may say it does not emulate (501); the test is then skipped, visibly."""
        try:
            return call(*args, **kwargs)
        except HttpError as error:
            if error.status_code == 501 and error.details.get("service_error_code") == "NotEmulated":
                self.skipTest(f"not emulated: {error.message}")
            raise

    def business_unit(self):
        """The id of the root business unit."""
        units = self.client.records.list("businessunit", filter="_parentbusinessunitid_value eq null", select=["name"])
        self.assertEqual(len(units), 1)
        return units[0]["businessunitid"]

    def create_user(self, accessmode, firstname, lastname):
        """The create of the first article: access mode, first name, last name and business unit, nothing else."""
        return self.client.records.create(
            "systemuser",
            {
                "accessmode": accessmode,
                "firstname": firstname,
                "lastname": lastname,
                "businessunitid@odata.bind": f"/businessunits({self.business_unit()})",
            },
        )

    def does_not_exist(self, table):
        return f"Entity '{table}' With Id = {MISSING} Does Not Exist"


class Start(unittest.TestCase):
    def test_announces_itself_and_ends_well(self):
        emulator = Emulator()
        in_file = emulator.ready_file.read_text(encoding="utf-8").strip()
        code = emulator.stop()
        self.assertEqual(in_file, emulator.url)
        self.assertEqual(emulator.lines, [f"crm-emulator ready at {emulator.url}\n"])
        self.assertTrue(emulator.url.startswith("https://127.0.0.1:"), emulator.url)
        self.assertEqual(code, 0)

    def test_certificate_is_trusted_only_through_the_generated_authority(self):
        with Emulator() as emulator:
            address = f"{emulator.url}/api/data/v9.2/WhoAmI"
            with self.assertRaises(urllib.error.URLError) as caught:
                urllib.request.urlopen(address, context=ssl.create_default_context())
            self.assertIsInstance(caught.exception.reason, ssl.SSLCertVerificationError)
            # As strict as Python 3.13 and later are by default: extensions and key identifiers must be right.
            context = ssl.create_default_context(cafile=emulator.ca)
            context.verify_flags |= ssl.VERIFY_X509_STRICT
            with urllib.request.urlopen(address, context=context) as answer:
                self.assertEqual(answer.status, 200)


class Users(EmulatorTest):
    def test_create_the_non_interactive_user_of_the_first_article(self):
        """U6: four properties are enough."""
        user_id = self.create_user(NON_INTERACTIVE, "system", "integration")
        self.assertRegex(user_id, GUID)
        user = self.client.records.retrieve("systemuser", user_id)
        self.assertEqual(user["systemuserid"], user_id)
        self.assertEqual(user["ownerid"], user_id)
        self.assertEqual(user["fullname"], "system integration")
        self.assertEqual(user["accessmode"], NON_INTERACTIVE)
        self.assertIs(user["isdisabled"], False)
        self.assertIs(user["islicensed"], False)
        self.assertEqual(user["_businessunitid_value"], self.business_unit())
        self.assertRegex(user.etag, r'\AW/"\d+"\Z')
        self.assertRegex(user["createdon"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")

    def test_label_instead_of_number(self):
        """The SDK looks the label up in the metadata and sends the number; keys are lower-cased on the way."""
        user_id = self.client.records.create(
            "systemuser",
            {
                "AccessMode": "non-interactive",
                "FirstName": "by",
                "LastName": "label",
                "businessunitid@odata.bind": f"/businessunits({self.business_unit()})",
            },
        )
        user = self.client.records.retrieve("systemuser", user_id, select=["AccessMode", "FullName"])
        self.assertEqual(user["accessmode"], NON_INTERACTIVE)
        self.assertEqual(user["fullname"], "by label")

    def test_update_disable_enable(self):
        user_id = self.create_user(READ_WRITE, "Zoë", "Łukasiewicz 李")
        get = lambda: self.client.records.retrieve(  # noqa: E731
            "systemuser", user_id, select=["fullname", "isdisabled", "islicensed", "jobtitle"]
        )
        self.assertEqual(get()["fullname"], "Zoë Łukasiewicz 李")
        self.assertEqual((get()["isdisabled"], get()["islicensed"]), (False, True))
        self.assertIsNone(self.client.records.update("systemuser", user_id, {"jobtitle": "Clerk"}))
        self.assertEqual(get()["jobtitle"], "Clerk")
        self.client.records.update("systemuser", user_id, {"isdisabled": True})
        self.assertEqual((get()["isdisabled"], get()["islicensed"]), (True, False))
        self.client.records.update("systemuser", user_id, {"isdisabled": False})
        self.assertEqual((get()["isdisabled"], get()["islicensed"]), (False, True))

    def test_retrieve_with_expand_and_annotations(self):
        user = self.client.records.list("systemuser", filter="accessmode eq 0 and isdisabled eq false", top=1)[0]
        again = self.client.records.retrieve(
            "systemuser",
            user["systemuserid"],
            select=["fullname", "accessmode", "_businessunitid_value"],
            expand=["businessunitid($select=name)"],
            include_annotations="*",
        )
        self.assertEqual(again["fullname"], user["fullname"])
        self.assertEqual(again["accessmode@OData.Community.Display.V1.FormattedValue"], "Read-Write")
        self.assertEqual(
            again["_businessunitid_value@OData.Community.Display.V1.FormattedValue"], again["businessunitid"]["name"]
        )
        self.assertEqual(again["_businessunitid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "businessunit")

    def test_paging(self):
        for name in ("one", "two"):
            self.create_user(READ_WRITE, "page", name)
        everyone = self.client.records.list("systemuser", select=["fullname", "accessmode"], orderby=["fullname asc"])
        self.assertGreaterEqual(len(everyone), 7)
        pages = list(
            self.client.records.list_pages(
                "systemuser", select=["fullname", "accessmode"], orderby=["fullname asc"], page_size=3, count=True
            )
        )
        self.assertEqual([len(page) for page in pages[:-1]], [3] * (len(pages) - 1))
        self.assertEqual(len(pages), -(-len(everyone) // 3))
        self.assertEqual([row.to_dict() for page in pages for row in page], [row.to_dict() for row in everyone])
        self.assertEqual(len({row["systemuserid"] for row in everyone}), len(everyone))
        self.assertEqual(len(self.client.records.list("systemuser", page_size=2)), len(everyone))
        self.assertEqual(len(self.client.records.list("systemuser", top=2)), 2)

    def test_filter_builder(self):
        query = self.client.query.builder("systemuser").select("FullName", "accessmode")
        wanted = (col("accessmode") == READ_WRITE) | (col("accessmode") == NON_INTERACTIVE)
        found = query.where(wanted & col("fullname").is_not_null())
        rows = list(found.order_by("fullname", descending=True).page_size(2).execute())
        whole = self.client.records.list("systemuser", select=["accessmode"], filter="fullname ne null")
        self.assertEqual(
            {row["systemuserid"] for row in rows},
            {row["systemuserid"] for row in whole if row["accessmode"] in (READ_WRITE, NON_INTERACTIVE)},
        )
        names = [row["fullname"].casefold() for row in rows]
        self.assertEqual(names[0], max(names))

    def test_query_functions_find_rows(self):
        """Microsoft.Dynamics.CRM.In, as the SDK writes it"""
        wanted = (READ_WRITE, NON_INTERACTIVE)
        query = self.client.query.builder("systemuser").select("fullname", "accessmode")
        rows = list(query.where(col("accessmode").in_(list(wanted))).execute())
        whole = self.client.records.list("systemuser", select=["accessmode"])
        self.assertEqual(
            {row["systemuserid"] for row in rows},
            {row["systemuserid"] for row in whole if row["accessmode"] in wanted},
        )
        self.assertGreater(len(rows), 1)

    def test_users_are_not_deleted(self):
        """U60"""
        user_id = self.create_user(READ_WRITE, "cannot", "go")
        self.assert_refused(
            405,
            "0x80040800",
            "The method being invoked does not support provided entity type.",
            self.client.records.delete,
            "systemuser",
            user_id,
        )
        self.assertIsNotNone(self.client.records.retrieve("systemuser", user_id, select=["fullname"]))

    def test_no_such_user(self):
        self.assertIsNone(self.client.records.retrieve("systemuser", MISSING))
        self.assert_refused(
            404,
            "0x80040217",
            self.does_not_exist("systemuser"),
            self.client.records.update,
            "systemuser",
            MISSING,
            {"jobtitle": "nobody"},
        )


class Slots(EmulatorTest):
    flags = ("--scenario", "empty")

    def test_the_sixth_non_interactive_user_is_refused(self):
        """A2, U12"""
        users = [self.create_user(NON_INTERACTIVE, "service", f"number {n}") for n in range(1, 6)]
        rows = self.client.records.list("systemuser", filter=raw("accessmode eq 4 and startswith(fullname,'service ')"))
        self.assertEqual({row["systemuserid"] for row in rows}, set(users))
        self.assertTrue(all(row["isdisabled"] is False for row in rows))
        error = self.assert_refused(
            400,
            "0x8004B050",
            "You have reached the maximum number of non-interactive users/",
            self.create_user,
            NON_INTERACTIVE,
            "one",
            "too many",
        )
        self.assertFalse(error.is_transient)
        self.assertRegex(error.details["service_request_id"], r"\A[0-9a-f-]{36}")
        self.assertEqual(len(self.client.records.list("systemuser", filter="lastname eq 'too many'")), 0)


class Accounts(EmulatorTest):
    def test_create_get_update_delete(self):
        records = self.client.records
        account = records.create("account", {"name": "Fourth Coffee", "numberofemployees": 12, "revenue": 5000.5})
        self.assertRegex(account, GUID)
        row = records.retrieve("account", account, select=["name", "numberofemployees", "revenue"])
        self.assertEqual((row["name"], row["numberofemployees"], row["revenue"]), ("Fourth Coffee", 12, 5000.5))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.assertEqual(records.get("account", account, select=["name"])["name"], "Fourth Coffee")
        records.update("account", account, {"name": "Fifth Coffee", "revenue": None, "industrycode": "Accounting"})
        row = records.retrieve("account", account, select=["name", "revenue", "industrycode"])
        self.assertEqual((row["name"], row["revenue"], row["industrycode"]), ("Fifth Coffee", None, 1))
        self.assertIsNone(records.delete("account", account))
        self.assertIsNone(records.retrieve("account", account))

    def test_lookup(self):
        records = self.client.records
        parent = records.create("account", {"name": "Parent"})
        child = records.create("account", {"name": "Child", "parentaccountid@odata.bind": f"/accounts({parent})"})
        row = records.retrieve("account", child, select=["name"], expand=["parentaccountid($select=name)"])
        self.assertEqual(row["parentaccountid"]["name"], "Parent")
        row = records.list("account", filter=f"_parentaccountid_value eq {parent}", select=["name"]).first()
        self.assertEqual(row["accountid"], child)

    def test_bulk_create_update_and_paging(self):
        """CreateMultiple, UpdateMultiple and three pages of ten, ten and five."""
        records = self.client.records
        created = records.create("account", [{"name": f"Bulk {n:02}", "accountnumber": f"B{n}"} for n in range(25)])
        self.assertEqual(len(created), 25)
        self.assertTrue(all(GUID.match(account) for account in created))
        pages = list(
            records.list_pages(
                "account", filter="startswith(name,'Bulk ')", select=["name"], orderby=["name asc"], page_size=10
            )
        )
        self.assertEqual([len(page) for page in pages], [10, 10, 5])
        self.assertEqual([row["name"] for page in pages for row in page], [f"Bulk {n:02}" for n in range(25)])
        self.assertEqual([row["accountid"] for page in pages for row in page], created, "ids in the order sent")

        records.update("account", created[:3], {"address1_city": "Oslo"})
        records.update("account", created[3:5], [{"address1_city": "Bergen"}, {"address1_city": "Narvik"}])
        rows = records.list("account", filter="address1_city ne null and startswith(name,'Bulk ')", orderby=["name"])
        self.assertEqual([row["address1_city"] for row in rows], ["Oslo"] * 3 + ["Bergen", "Narvik"])

        records.delete("account", created[:2], use_bulk_delete=False)
        self.assertEqual(len(records.list("account", filter="startswith(name,'Bulk ')", select=["name"])), 23)

    def test_bulk_operations_are_all_or_nothing(self):
        records = self.client.records
        half = [{"name": "Half done"}, {"name": "Half done", "industrycode": 987654}]
        self.assert_refused(400, "0x8004431a", None, records.create, "account", half)
        self.assertEqual(len(records.list("account", filter="name eq 'Half done'")), 0)
        account = records.create("account", {"name": "Untouched"})
        change = {"name": "Touched"}
        self.assert_refused(404, "0x80040217", None, records.update, "account", [account, MISSING], change)
        self.assertEqual(records.retrieve("account", account, select=["name"])["name"], "Untouched")

    def test_bulk_delete_job(self):
        """A list of ids is deleted by a job of the service unless the caller asks otherwise."""
        records = self.client.records
        created = records.create("account", [{"name": "Swept away"}, {"name": "Swept away"}, {"name": "Kept"}])
        job = self.call(records.delete, "account", created[:2])
        self.assertRegex(job, GUID)
        deadline = time.monotonic() + 10
        while records.list("account", filter="name eq 'Swept away'", select=["name"]):
            self.assertLess(time.monotonic(), deadline, "the job did not run within ten seconds")
            time.sleep(0.1)
        self.assertIsNotNone(records.retrieve("account", created[2]))

    def test_quotes_and_spaces_in_filters(self):
        records = self.client.records
        name = "O'Brien & Söhne + 100% #1"
        account = records.create("account", {"name": name})
        for text in (col("name") == name, f"name eq '{name.replace(chr(39), chr(39) * 2)}'"):
            self.assertEqual([row["accountid"] for row in records.list("account", filter=text)], [account])

    def test_errors(self):
        records = self.client.records
        self.assert_refused(
            404, "0x80040217", self.does_not_exist("account"), records.update, "account", MISSING, {"revenue": 1}
        )
        self.assert_refused(
            404,
            "0x80040217",
            re.compile(rf"\AEntity '[Aa]ccount' With Id = {MISSING} Does Not Exist\Z"),
            records.delete,
            "account",
            MISSING,
        )
        self.assert_refused(
            400,
            "0x80048d19",
            re.compile(r"\AError identified in Payload provided by the user for Entity :'accounts'"),
            records.create,
            "account",
            {"nosuch": 1},
        )
        with self.assertRaises(HttpError) as caught:
            records.list("account", select=["nosuch"])
        self.assertEqual(caught.exception.status_code, 400)
        self.assertEqual(
            caught.exception.message,
            "Could not find a property named 'nosuch' on type 'Microsoft.Dynamics.CRM.account'.",
        )
        self.assert_refused(
            400,
            "0x80048d19",
            re.compile("An undeclared property 'nosuchid' which only has property annotations in the payload"),
            records.create,
            "account",
            {"name": "x", "nosuchid@odata.bind": f"/accounts({MISSING})"},
        )
        self.assert_refused(
            400,
            "0x80044331",
            "A validation error occurred.  The length of the 'name' attribute of the 'account' entity exceeded "
            "the maximum allowed length of '160'.",
            records.create,
            "account",
            {"name": "x" * 161},
        )

    def test_unknown_table(self):
        with self.assertRaises(MetadataError) as caught:
            self.client.records.list("nosuchtable")
        self.assertEqual(caught.exception.subcode, "metadata_entityset_not_found")

    def test_fetchxml_page_by_page(self):
        self.client.records.create("account", [{"name": f"Fetched {n}"} for n in range(5)])
        query = self.client.query.fetchxml(
            '<fetch count="2"><entity name="account"><attribute name="name"/><filter><condition attribute="name" '
            'operator="like" value="Fetched %"/></filter><order attribute="name" descending="true"/></entity></fetch>'
        )
        pages = [[row["name"] for row in page] for page in query.execute_pages()]
        self.assertEqual(pages, [["Fetched 4", "Fetched 3"], ["Fetched 2", "Fetched 1"], ["Fetched 0"]])

    def test_sql(self):
        self.client.records.create("account", [{"name": f"Asked {n}", "numberofemployees": n} for n in range(4)])
        rows = self.call(
            self.client.query.sql,
            "SELECT name, numberofemployees FROM account WHERE name LIKE 'Asked %' AND numberofemployees > 1 "
            "ORDER BY name DESC",
        )
        self.assertEqual([(row["name"], row["numberofemployees"]) for row in rows], [("Asked 3", 3), ("Asked 2", 2)])

    def test_data_frame(self):
        self.client.records.create("account", [{"name": f"Framed {n}", "numberofemployees": n} for n in range(3)])
        query = self.client.query.builder("account").select("name", "numberofemployees")
        frame = query.where(col("name").like("Framed%")).order_by("name").execute().to_dataframe()
        self.assertEqual(list(frame["numberofemployees"]), [0, 1, 2])


class Batches(EmulatorTest):
    def test_mixed_batch(self):
        account = self.client.records.create("account", {"name": "Batch old"})
        batch = self.client.batch.new()
        batch.records.create("account", {"name": "Batch new"})
        batch.records.retrieve("account", account, select=["name"])
        batch.records.list("account", filter="startswith(name,'Batch ') and statecode eq 0", orderby=["name asc"])
        batch.records.update("account", account, {"name": "Batch older"})
        batch.tables.get("systemuser")
        with batch.changeset() as changes:
            reference = changes.records.create("account", {"name": "Batch parent"})
            changes.records.create("contact", {"lastname": "x", "parentcustomerid_account@odata.bind": reference})
            changes.records.update("account", reference, {"telephone1": "555"})
        batch.records.delete("account", account)
        result = batch.execute()
        self.assertEqual([item.status_code for item in result.responses], [204, 200, 200, 204, 200, 204, 204, 204, 204])
        created, old, listed, _, table, parent, contact, _, _ = result.responses
        self.assertRegex(created.entity_id, GUID)
        self.assertEqual(old.data["name"], "Batch old")
        self.assertEqual([row["name"] for row in listed.data["value"]], ["Batch new", "Batch old"])
        self.assertEqual(table.data["value"][0]["EntitySetName"], "systemusers")
        self.assertEqual([item.content_id for item in result.responses[5:8]], ["1", "2", "3"])
        row = self.client.records.retrieve("contact", contact.entity_id, select=["_parentcustomerid_value"])
        self.assertEqual(row["_parentcustomerid_value"], parent.entity_id)
        row = self.client.records.retrieve("account", parent.entity_id, select=["telephone1"])
        self.assertEqual(row["telephone1"], "555")
        self.assertIsNone(self.client.records.retrieve("account", account))

    def test_failing_change_set_leaves_nothing(self):
        batch = self.client.batch.new()
        with batch.changeset() as changes:
            changes.records.create("account", {"name": "Rolled back"})
            changes.records.update("account", MISSING, {"name": "nobody"})
        batch.records.list("account", filter="name eq 'Rolled back'", select=["name"])
        result = batch.execute(continue_on_error=True)
        failed, listed = result.responses
        self.assertEqual((failed.status_code, code_number(failed.error_code)), (404, 0x80040217))
        self.assertEqual(failed.content_id, "2", "the one answer of a failed change set is that operation's")
        self.assertEqual(listed.data["value"], [])

    def test_first_error_decides_the_status_of_the_whole(self):
        batch = self.client.batch.new()
        batch.records.create("account", {"nosuch": 1})
        batch.records.create("account", {"name": "never reached"})
        result = batch.execute()
        self.assertEqual([item.status_code for item in result.responses], [400])
        batch = self.client.batch.new()
        batch.records.retrieve("account", MISSING, select=["name"])
        with self.assertRaises(HttpError) as caught:  # the SDK accepts no other status than 200, 202, 207 and 400
            batch.execute()
        self.assertEqual(caught.exception.status_code, 404)
        self.assertEqual(len(self.client.records.list("account", filter="name eq 'never reached'")), 0)


class Metadata(EmulatorTest):
    def test_tables(self):
        table = self.client.tables.get("SystemUser")
        self.assertEqual(table.schema_name, "SystemUser")
        self.assertEqual(table.logical_name, "systemuser")
        self.assertEqual(table.entity_set_name, "systemusers")
        self.assertEqual(table.primary_id_attribute, "systemuserid")
        self.assertEqual(table.primary_name_attribute, "fullname")
        self.assertRegex(table.metadata_id, GUID)
        self.assertIsNone(self.client.tables.get("nosuchtable"))
        found = self.client.tables.list(filter="SchemaName eq 'Account'", select=["LogicalName", "EntitySetName"])
        self.assertEqual([(row["LogicalName"], row["EntitySetName"]) for row in found], [("account", "accounts")])
        names = {row["LogicalName"] for row in self.client.tables.list(select=["LogicalName"])}
        self.assertLessEqual({"account", "contact", "systemuser", "role", "team", "businessunit"}, names)

    def test_columns(self):
        columns = {column["name"]: column for column in self.client.query.sql_columns("systemuser")}
        self.assertEqual(columns["systemuserid"]["is_pk"], True)
        self.assertEqual(columns["fullname"]["is_name"], True)
        self.assertEqual(columns["accessmode"]["type"], "Picklist")
        self.assertEqual(columns["accessmode"]["label"], "Access Mode")
        self.assertEqual(columns["businessunitid"]["type"], "Lookup")
        texts = self.client.tables.list_columns(
            "account", select=["LogicalName", "AttributeType"], filter="AttributeType eq 'String'"
        )
        self.assertIn("name", {column["LogicalName"] for column in texts})
        self.assertEqual({column["AttributeType"] for column in texts}, {"String"})
        column = self.client.tables.get_column("account", "Name")
        self.assertEqual((column["LogicalName"], column["SchemaName"]), ("name", "Name"))
        self.assertIsNone(self.client.tables.get_column("account", "nosuch"))

    def test_typed_column(self):
        column = self.call(self.client.tables.get_column, "account", "name", typed=True)
        self.assertEqual(column["LogicalName"], "name")
        self.assertEqual(column["MaxLength"], 160)

    def test_relationships(self):
        link = self.client.tables.get_relationship("account_parent_account")
        self.assertEqual((link.referenced_entity, link.referencing_entity), ("account", "account"))
        link = self.client.tables.get_relationship("systemuserroles_association")
        self.assertEqual({link.entity1_logical_name, link.entity2_logical_name}, {"systemuser", "role"})
        expands = {row["nav_property"]: row for row in self.client.query.odata_expands("systemuser")}
        self.assertEqual(expands["businessunitid"]["target_entity_set"], "businessunits")
        self.assertEqual(expands["businessunitid"]["lookup_attribute"], "businessunitid")


if __name__ == "__main__":
    unittest.main()
