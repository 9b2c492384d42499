from django.urls import path

from lorbeer.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("catalogue/", views.entry_list, name="entry_list"),
    path("catalogue/entries.<slug:kind>", views.entry_export, name="entry_export"),
    path("catalogue/codebook.csv", views.dataset_codebook, name="dataset_codebook"),
    path("catalogue/dataset.rdf", views.dataset_description, name="dataset_description"),
    path("catalogue/<str:code>/", views.entry_detail, name="entry_detail"),
    path("catalogue/<str:code>/picture/<slug:size>/<int:number>", views.entry_picture, name="entry_picture"),
]
