"""Read: the reader's next case at once, the viewer on the left and the form on the right, both in the browser."""

from pages.shared.account import session
from pages.shared.reading import desk
from pages.shared.viewer.component import read_desk
from reader_study.study.design import Role

person = session.require(Role.READER)
read_desk(desk.address(person.study_key), reader=person.username, key="read")
