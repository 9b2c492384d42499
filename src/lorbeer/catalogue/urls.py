from django.urls import path

from lorbeer.catalogue import dataset_views, everywhere_views, map_views, views
from lorbeer.catalogue.keeping import read_anew

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", read_anew(views.entry_list), name="entry_list"),
    path("catalogue/entries.<slug:kind>", read_anew(views.entry_export), name="entry_export"),
    path("catalogue/codebook.csv", read_anew(views.dataset_codebook), name="dataset_codebook"),
    path("catalogue/dataset.rdf", read_anew(views.dataset_description), name="dataset_description"),
    path("catalogue/feed.atom", read_anew(dataset_views.entry_feed), name="entry_feed"),
    path("catalogue/map/", read_anew(map_views.entry_map), name="entry_map"),
    path("catalogue/editions/", read_anew(dataset_views.dataset_list), name="dataset_list"),
    path("catalogue/editions/<int:number>/<str:name>", read_anew(dataset_views.dataset_file), name="dataset_file"),
    path("catalogue/<str:code>/", read_anew(views.entry_detail), name="entry_detail"),
    path("catalogue/<str:code>/picture/<slug:size>/<int:number>", read_anew(views.entry_picture), name="entry_picture"),
]
site_urlpatterns = [path("search/", read_anew(everywhere_views.entry_search), name="entry_search")]
