from django.urls import path

from lorbeer.catalogue import dataset_views, everywhere_views, map_views, views

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", views.entry_list, name="entry_list"),
    path("catalogue/entries.<slug:kind>", views.entry_export, name="entry_export"),
    path("catalogue/codebook.csv", views.dataset_codebook, name="dataset_codebook"),
    path("catalogue/dataset.rdf", views.dataset_description, name="dataset_description"),
    path("catalogue/feed.atom", dataset_views.entry_feed, name="entry_feed"),
    path("catalogue/map/", map_views.entry_map, name="entry_map"),
    path("catalogue/editions/", dataset_views.dataset_list, name="dataset_list"),
    path("catalogue/editions/<int:number>/<str:name>", dataset_views.dataset_file, name="dataset_file"),
    path("catalogue/<str:code>/", views.entry_detail, name="entry_detail"),
    path("catalogue/<str:code>/picture/<slug:size>/<int:number>", views.entry_picture, name="entry_picture"),
]
site_urlpatterns = [path("search/", everywhere_views.entry_search, name="entry_search")]
