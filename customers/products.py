"""The catalogue from a file."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Category, Product
from dealers.imports.columns import Column
from dealers.imports.csv import CsvFile
from dealers.imports.kinds import Job
from dealers.imports.problems import RowProblem
from dealers.imports.values import identifier, text

PRODUCT_COLUMNS = (
    Column("code", gettext_lazy("Product code"), "P-1001", also=("商品编号", "货号", "SKU")),
    Column("name", gettext_lazy("Product"), gettext_lazy("Cotton bedding set"),
           also=("商品名称", "品名")),
    Column("category", gettext_lazy("Category"), gettext_lazy("Home textiles"),
           also=("类别", "商品类别", "品类", "分类")),
)  # fmt: skip


def load_products(job: Job) -> list[CsvFile]:
    """Products with their categories: new ones are stored, what is on file otherwise is rejected.

    Inside the caller's transaction. Raises WrongUse.
    """
    file = CsvFile.open(job.paths[0], [column.name for column in PRODUCT_COLUMNS])
    job.progress.start(_("Reading %(name)s") % {"name": file.name}, file.size)
    catalogue = _Catalogue()
    for line, values in file.rows(job.progress):
        try:
            if not catalogue.take(*values):
                file.repeated += 1
        except RowProblem as problem:
            file.reject_for(line, problem)
    Product.objects.bulk_create(catalogue.new)
    return [file]


class _Catalogue:
    """The catalogue as it is on file, by code, growing with the rows."""

    def __init__(self) -> None:
        self.categories = {category.code: category for category in Category.objects.all()}
        self.products = {each.code: each for each in Product.objects.select_related("category")}
        self.new: list[Product] = []

    def take(self, code: str, name: str, category: str) -> bool:
        """Take in one row; False if all of it is on file. Raises RowProblem."""
        code, name = identifier("code", code, 80), text("name", name, 200)
        category = text("category", category, 80)
        known = self.products.get(code)
        if known is not None:
            if (known.name, known.category.code) != (name, category):
                raise RowProblem(
                    "code",
                    code,
                    _("On file is “%(known)s”. Correct the row, or change it in the admin.")
                    % {"known": f"{known.name}, {known.category.code}"},
                )
            return False
        if category not in self.categories:
            self.categories[category] = Category.objects.create(code=category, name=category)
        product = Product(code=code, name=name, category=self.categories[category])
        self.products[code] = product
        self.new.append(product)
        return True
